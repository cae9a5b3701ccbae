#include <fmt/ranges.h>
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/server/generation.hpp"
#include "app/server/journal_side.hpp"
#include "app/server/own_sources.hpp"
#include "app/server/server.hpp"
#include "app/server/side_loop.hpp"
#include "connectors/inspect/gauges.hpp"
#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

const std::vector<std::string> demo_pages{"/packages/guake.json", "/packages/guake/builds.json",
                                          "/packages/guake/bugs.json",
                                          "/packages/guake/updates.json"};

/// Pages that not everybody may see any more, or not the same as before: a stream that named one
/// was opened under other rules. Empty when there are none.
page_question guarded_anew(const engine& old, const engine& now) {
  std::vector<bool> anew;
  for (const auto& page : now.settings().pages) {
    const auto was =
        std::ranges::find(old.settings().pages, page.name, &config::page_settings::name);
    const bool same = was != old.settings().pages.end() && was->only == page.only;
    anew.push_back(!page.only.empty() && !same);
  }
  if (std::ranges::find(anew, true) == anew.end()) return {};
  return [anew = std::move(anew), pages = &now.pages()](std::string_view path) {
    const auto match = pages->find(path);
    return match.what == page_match::outcome::found && anew[match.key.page];
  };
}

}  // namespace

std::shared_ptr<generation> server::make_generation(config::settings settings, sequence first,
                                                    const engine* old,
                                                    std::vector<config::diagnostic>& problems) {
  auto made = std::make_shared<generation>();
  made->gauges = counts_.begin_gauge_set();
  made->core =
      engine::create(std::move(settings), engine_environment_of(*made, first), problems, old);
  if (!made->core) {
    counts_.drop_gauge_set(made->gauges);
    return nullptr;
  }
  // Before the other loops copy the change log.
  if (journal_ && old == nullptr) {
    journal_->recall(*made->core);
    journal_->recall_locked(kept_, locked_notes_);
  }
  if (!serving_) make_loops(*made->core);
  open_sides(*made);
  if (old != nullptr) made->core->adopt(*old);
  make_answers(*made);
  return made;
}

/// What the public responders of all loops have in common. Their hooks are called while a view is
/// lent: they post.
api::public_environment server::public_environment(generation& g, cache_index& cache,
                                                   serving_loop& loop, api::ask_for_page miss) {
  auto& core = *g.core;
  api::public_environment env{core.settings(), core.pages(),   cache,
                              loop.streams(),  loop.changes(), loop.front().block(),
                              time_,           counts_,        std::move(miss)};
  env.told = [this, of = &g](const slot& s) {
    asio::post(home_, [this, kept = of->shared_from_this(), page = s.ref] {
      kept->core->store().visited(page, time_.now());
    });
  };
  if (core.demo() != nullptr)
    env.make_event = [this, of = &g] {
      asio::post(home_, [kept = of->shared_from_this()] { kept->core->demo()->happen("guake"); });
    };
  env.demo = options_.demo;
  if (options_.demo) env.examples = demo_pages;
  env.seats = seats_;
  return env;
}

void server::make_answers(generation& g) {
  auto& core = *g.core;
  auto& store = core.store();
  g.codings = std::make_unique<encodings>(store, heavy_, home_.get_executor(), running_);
  auto pages = public_environment(g, store.cache().index(), *serving_,
                                  [&core](page_key key, std::string canonical) {
                                    return core.desk().ask(std::move(key), std::move(canonical));
                                  });
  pages.encode = [of = &g](const slot& s, http::coding which) { of->codings->want(s, which); };
  g.pages = std::make_unique<api::page_responder>(std::move(pages));
  answer_sides(g);

  std::vector<const guarded_upstream*> upstreams;
  for (const auto& each : core.upstreams()) upstreams.push_back(each.get());
  g.inspect = std::make_unique<inspector>(
      inspected{core.settings(), store, core.refreshes().history(), core.events(), counts_, time_,
                std::move(upstreams), [this](std::string_view path) { return watchers(path); },
                [this] { return reload(); }, [&core](std::size_t bus) { return core.stream(bus); },
                &kept_, [&core](locked_event event) { return core.take_again(std::move(event)); },
                [this] { ticking_.cancel(); },
                [this] {
                  auto all = journal_ ? journal_->troubles() : std::vector<std::string>{};
                  for (auto& each : sources_->troubles()) all.push_back(std::move(each));
                  return all;
                },
                &core.drifts()});
  g.admin = std::make_unique<api::admin_responder>(
      api::admin_environment{core.settings(), *g.inspect, admin_->block(), time_, counts_});
  register_gauges(counts_, {store, [this] { return sum(&sse::hub_counters::subscribers); },
                            [this] { return sum(&sse::hub_counters::events); }, FRESHET_VERSION});
}

void server::serve(std::shared_ptr<generation> next) {
  const auto leave = now_ ? guarded_anew(*now_->core, *next->core) : page_question();
  serving_->changes().set(&next->core->store().changes());
  serving_->front().answers().set(next->public_answers());
  admin_->answers().set(next->admin_answers());
  for (std::size_t i = 0; i < sides_.size(); ++i)
    sides_[i]->serve(std::exchange(next->opening[i], nullptr), leave);
  now_ = std::move(next);
  sources_->follow(*now_->core);
  watched_.restore_all(*now_->core, time_.now());
  if (leave) serving_->hub().leave(leave);
}

/// A file that is wrong changes nothing. What cannot change in a running process is named.
result<std::string> server::reload() {
  if (stopping_) return fail(errc::closed, "stopping");
  if (!options_.read_again) return fail(errc::not_built_in, "the demo has no file to read again");
  auto settings = options_.read_again();
  if (!settings) return fail(errc::malformed, "nothing was changed: " + settings.error().detail);
  const auto later = changed_keys(started_with_, restart_keys_of(*settings));
  const auto log = settings->log;
  std::vector<config::diagnostic> problems;
  auto& old = *now_->core;
  auto next =
      make_generation(std::move(*settings), old.store().book().last_sequence() + 1, &old, problems);
  if (!next) {
    std::string said;
    for (const auto& problem : problems) said += config::render(problem) + "\n";
    return fail(errc::malformed, "nothing was changed: " + said);
  }
  auto before = now_;
  next->core->take_buses(*before->core);
  serve(std::move(next));
  now_->core->start();
  if (journal_) journal_->move_to(*now_->core);
  now_->inspect->started();
  running_.spawn("retire", retire(std::move(before)));
  set_up_log(log.format, log.level);
  logger().info("reloaded: {} pages known", now_->core->store().known());
  if (later.empty()) return std::string(R"({"reloaded":true})");
  logger().warn("reload: only the next start takes over the change of {}", fmt::join(later, ", "));
  return fmt::format(R"({{"reloaded":true,"at_next_start":["{}"]}})", fmt::join(later, R"(",")"));
}

/// Visitors who wait in the old generation get their answer from it; then it goes.
asio::awaitable<void> server::retire(std::shared_ptr<generation> old) {
  // A stop of the server ends the wait; what the old one has running is to be ended all the same.
  co_await asio::this_coro::throw_if_cancelled(false);
  counts_.drop_gauge_set(old->gauges);
  co_await old->core->stop_buses();
  asio::steady_timer timer(home_);
  while (old.use_count() > 1) {
    timer.expires_after(std::chrono::milliseconds(50));
    const auto [ec] = co_await timer.async_wait(use_result);
    if (ec) break;
  }
  co_await old->core->close();
}

}  // namespace freshet::app
