#include "app/server/engine.hpp"

#include <algorithm>
#include <utility>

#include "connectors/calls/ask_upstream.hpp"
#include "connectors/rules/bus_reach.hpp"
#include "connectors/upstream/own_upstreams.hpp"
#include "core/config/amqp_settings.hpp"
#include "core/config/load.hpp"
#include "core/config/webhook_settings.hpp"
#include "net/api/public/fragment.hpp"

namespace freshet::app {
namespace {

void complain(std::vector<config::diagnostic>& problems, const config::location& where,
              const error& e) {
  problems.push_back({where, e.text(), {}});
}

/// What `show` does not tell apart.
bool same_secrets(const config::bus_settings& a, const config::bus_settings& b) {
  if (a.catch_up && b.catch_up && a.catch_up->headers != b.catch_up->headers) return false;
  if (a.amqp && b.amqp) return a.amqp->url == b.amqp->url;
  return !a.webhook || !b.webhook || a.webhook->secrets == b.webhook->secrets;
}

}  // namespace

std::unique_ptr<engine> engine::create(config::settings settings, const engine_environment& with,
                                       std::vector<config::diagnostic>& problems,
                                       const engine* beside) {
  std::unique_ptr<engine> made(new engine(std::move(settings), with, problems));
  if (!problems.empty()) return nullptr;
  made->make_pipeline(with, problems, beside);
  if (!problems.empty()) return nullptr;
  return made;
}

engine::engine(config::settings settings, const engine_environment& with,
               std::vector<config::diagnostic>& problems)
    : settings_(std::move(settings)),
      executor_(with.home.get_executor()),
      time_(with.time),
      pages_(site::compile(settings_.pages, problems)),
      kept_by_(with.kept_by),
      driving_(with.home.get_executor(), with.on_error) {
  for (const auto& page : settings_.pages) {
    auto& names = part_names_.emplace_back();
    for (const auto& fetch : page.fetches) names.push_back(fetch.into.text());
  }
}

void engine::make_pipeline(const engine_environment& with,
                           std::vector<config::diagnostic>& problems, const engine* beside) {
  const auto ex = with.home.get_executor();
  feed_ = with.feed;
  finds_ = with.finds;
  const connector_environment connectors{ex,          with.time, with.world, with.seed,
                                         &with.heavy, with.feed, with.finds};
  check_own_upstreams(settings_, pages_, problems);
  make_upstreams(connectors, problems);
  for (const auto& each : upstreams_) each->count_in(with.counts);
  if (with.kept_by != nullptr)
    unsaved_ = std::make_unique<unsaved_pages>([kept_by = with.kept_by] { kept_by->wake(); });
  store_ = std::make_unique<page_store>(
      settings_, pages_,
      page_store::options{memory_for_pages(settings_), with.loops, with.seed, with.epoch,
                          with.first, with.post, unsaved_.get()},
      hooks(with));
  rules_ = std::make_unique<rule_table>(settings_, pages_, with.counts, problems);
  const upstream_caller call = [this](std::size_t upstream, upstream_request request, lane) {
    return ask_upstream(upstreams_[upstream].get(), std::move(request));
  };
  drifts_ = std::make_unique<drift_book>(settings_, *store_, *rules_, with.counts);
  refresher_ = std::make_unique<refresher>(settings_, *store_, call, with.time, with.counts,
                                           problems, &with.heavy);
  refresher_->on_drift([this](const drift& one) { drifts_->found(one); });
  warmer::check(settings_, pages_, problems);
  if (!problems.empty()) return;
  std::vector<guarded_upstream*> upstreams;
  for (const auto& each : upstreams_) upstreams.push_back(each.get());
  scheduler_ = std::make_unique<scheduler>(ex, with.time, settings_, *store_, *refresher_,
                                           std::move(upstreams), with.on_error, with.counts);
  warmer_ = std::make_unique<warmer>(ex, with.time, settings_, *store_, call, with.on_error,
                                     with.counts, with.seed);
  desk_ = std::make_unique<miss_desk>(
      ex, with.time, settings_, *store_, *refresher_,
      miss_desk::doors{[this](const freshness& f, std::string_view status) {
                         return api::last_lines(f, status, part_names_[f.page]);
                       },
                       [this](const page_key& key) { return warmer_->listed(key); },
                       [this](page_ref page) { return comes_ && comes_(unsaved_->row_of(page)); }},
      with.on_error, miss_desk::limits{});
  ingest_ = std::make_unique<ingest>(settings_, *store_, *rules_, with.time, with.counts,
                                     hooks_of_ingest(with));
  for (std::size_t i = 0; i < settings_.buses.size(); ++i)
    doubts_.emplace_back(*store_, reach_of_bus(settings_, i));
  for (std::size_t i = 0; i < settings_.buses.size(); ++i) {
    const bool waits = beside != nullptr && same_bus_in(*beside, i) >= 0;
    buses_.push_back(waits ? nullptr : make_listener(connectors, i, with, problems));
  }
}

ingest_hooks engine::hooks_of_ingest(const engine_environment& with) {
  return {[this](std::size_t i) {
            const auto* from = bus_at(i);
            return from != nullptr && from->up();
          },
          [this](class_id page) { return warmer_->creates(page); },
          [this](std::size_t i) {
            const auto* from = bus_at(i);
            return from == nullptr ? 0 : from->topics_differ();
          },
          [this](const event& e, wall_time received) {
            if (keeps_events()) keep_newest(e, received);
          },
          with.kept,
          durability(with.kept_by),
          [this](std::size_t i) {
            const auto* from = bus_at(i);
            return from == nullptr ? signature_figures{} : from->signatures();
          }};
}

store_hooks engine::hooks(const engine_environment& with) {
  store_hooks out;
  out.fragment = [this](const freshness& f) { return api::fragment(f, part_names_[f.page]); };
  out.changed = with.changed;
  out.settled = [this](page_ref page) {
    if (desk_) desk_->settled(page);
  };
  out.work = [this] {
    if (scheduler_) scheduler_->wake();
  };
  return out;
}

void engine::make_upstreams(const connector_environment& with,
                            std::vector<config::diagnostic>& problems) {
  for (const auto& each : settings_.upstreams) {
    auto made = make_upstream(with, each);
    if (made) {
      upstreams_.push_back(std::move(*made));
    } else {
      complain(problems, each.where, made.error());
    }
  }
}

std::unique_ptr<engine::listener> engine::make_listener(const connector_environment& with,
                                                        std::size_t at,
                                                        const engine_environment& env,
                                                        std::vector<config::diagnostic>& problems) {
  const auto& settings = settings_.buses[at];
  std::unique_ptr<listener> made(
      new listener{this, at, settings, nullptr, nullptr, false, task_scope(with.ex, env.on_error)});
  auto source = make_bus(
      with, settings,
      [to = made.get()](const event& e) {
        const bool first = to->to->ingest_->take(to->at, e);
        if (!to->to->ingest_->retrying()) to->keeper->heard(e, !first);
      },
      [to = made.get()](const refused_message& m) { to->to->ingest_->drop(to->at, m); },
      env.kept_by == nullptr
          ? durable_hook()
          : [to = made.get()](
                std::function<void()> call) { to->to->ingest_->when_durable(std::move(call)); });
  if (!source) {
    complain(problems, settings.where, source.error());
    return nullptr;
  }
  if (settings.kind == "demo") demo_ = static_cast<demo_bus*>(source->get());
  made->source = std::move(*source);
  make_keeper(with, *made, env.counts, problems);
  return made;
}

void engine::make_keeper(const connector_environment& with, listener& of, metrics& counts,
                         std::vector<config::diagnostic>& problems) {
  auto history = make_history(with, of.settings);
  if (!history) return complain(problems, of.settings.where, history.error());
  stream_keeper::hooks hooks;
  hooks.apply = [to = &of](const event& e) { return to->to->ingest_->take_history(to->at, e); };
  hooks.doubt = [to = &of](gap_cause) { to->to->doubt(to->at); };
  hooks.suspect = [to = &of](bool that) { to->to->suspect(to->at, that); };
  of.keeper = std::make_unique<stream_keeper>(
      stream_keeper::environment{with.ex, with.time, counts, of.running, with.seed + of.at},
      of.settings, *of.source, std::move(*history), std::move(hooks));
}

void engine::doubt(std::size_t bus) {
  std::vector<saved_doubt> now;
  for (const auto of : doubts_[bus].doubt())
    now.push_back({settings_.pages[of].name, store_->book().last_sequence() + 1});
  if (kept_by_ != nullptr) kept_by_->doubt(now);
  verify_soon();
}

void engine::suspect(std::size_t bus, bool that) {
  if (that) {
    doubts_[bus].suspect();
  } else {
    doubts_[bus].clear();
  }
}

/// One walk over the pages in doubt at a time; what comes into doubt meanwhile has the next.
void engine::verify_soon() {
  verify_again_ = true;
  if (recalling_ || std::exchange(verifying_, true)) return;
  driving_.spawn("verifier", verify());
}

asio::awaitable<void> engine::verify() {
  while (std::exchange(verify_again_, false)) {
    verifier work(executor_, time_, settings_, *store_);
    co_await work.run();
  }
  verifying_ = false;
}

stream_report engine::stream(std::size_t bus) const {
  if (bus >= buses_.size() || !buses_[bus] || !buses_[bus]->keeper) return {};
  return buses_[bus]->keeper->report();
}

const bus* engine::bus_at(std::size_t at) const {
  return at < buses_.size() && buses_[at] ? buses_[at]->source.get() : nullptr;
}

std::ptrdiff_t engine::same_bus_in(const engine& old, std::size_t at) const {
  const auto text = [](const config::bus_settings& bus) {
    config::settings only;
    only.buses.push_back(bus);
    return config::show(only);
  };
  if (settings_.buses[at].kind == "demo") return -1;  // who asks for demo() wants its own
  const auto here = text(settings_.buses[at]);
  for (std::size_t i = 0; i < old.buses_.size(); ++i)
    if (old.bus_at(i) != nullptr && text(old.settings_.buses[i]) == here &&
        same_secrets(old.settings_.buses[i], settings_.buses[at]))
      return static_cast<std::ptrdiff_t>(i);
  return -1;
}

void engine::take_buses(engine& old) {
  for (std::size_t i = 0; i < buses_.size(); ++i) {
    if (buses_[i]) continue;
    buses_[i] = std::move(old.buses_[static_cast<std::size_t>(same_bus_in(old, i))]);
    buses_[i]->to = this;
    buses_[i]->at = i;
    if (buses_[i]->keeper->suspects()) doubts_[i].suspect();
  }
  // What the others would still take, nobody here would hear of.
  for (const auto& each : old.buses_)
    if (each) each->source->hold();
}

void engine::start() {
  driving_.spawn("scheduler", scheduler_->run());
  driving_.spawn("warmer", warmer_->run());
  for (const auto& each : buses_) {
    if (std::exchange(each->started, true)) continue;
    each->running.spawn("bus", each->source->run());
  }
}

asio::awaitable<void> engine::stop_buses() {
  for (const auto& each : buses_)
    if (each) co_await each->running.close();
}

asio::awaitable<void> engine::close() {
  co_await stop_buses();
  co_await desk_->close();
  co_await driving_.close();
}

bool engine::take_again(locked_event event) {
  const auto of = std::find_if(buses_.begin(), buses_.end(), [&](const auto& each) {
    return each && each->source->name() == event.bus;
  });
  return ingest_->retry(std::move(event), [&](const locked_event& e) {
    return of != buses_.end() && (*of)->source->take_again(e.topic, e.bytes);
  });
}

void engine::tick() {
  ingest_->watch_silence();
  drifts_->tick(time_.now());
  for (const auto& each : buses_)
    if (each && each->started) each->keeper->tick();
}

std::string engine::recipe(const config::settings& from, class_id page) {
  config::settings only;
  only.pages.push_back(from.pages[page]);
  for (const auto& upstream : from.upstreams)
    for (const auto& fetch : from.pages[page].fetches)
      if (fetch.upstream == upstream.name) only.upstreams.push_back(upstream);
  return config::show(only);
}

/// A page is made as before when its own section and those of its upstreams read the same.
bool engine::made_as_in(const engine& old, class_id here, class_id there) const {
  // What a page shows is learned when it is built, so such a page is built again.
  return settings_.pages[here].shows.empty() &&
         recipe(settings_, here) == recipe(old.settings_, there);
}

/// A bus that is read as before goes on where it was; each knows what it has already seen.
void engine::adopt_buses(const engine& old) {
  for (std::size_t here = 0; here < settings_.buses.size(); ++here)
    if (const auto there = same_bus_in(old, here); there >= 0)
      ingest_->adopt(here, *old.ingest_, static_cast<std::size_t>(there));
  ingest_->adopt_memory(*old.ingest_);
}

/// `every` goes on from here. What `until` and `negative` wait for, only a new answer tells.
void engine::take_timer(std::string_view canonical, mono_time now) {
  const auto page = store_->find(canonical);
  const auto content = page == no_page ? nullptr : store_->content(page);
  if (!content) return;
  if (settings_.pages[store_->slot_of(page)->page].every)
    store_->book().asked(page, now);
  else
    store_->mark_page(page, {.why = cause::timer, .lazy = content->status != 200}, now);
}

/// A body that stays says what the configuration says now: `only` makes it private at once.
entry_ptr engine::adopted_content(const engine& old, const slot& s, class_id here) const {
  auto content = old.store_->content(s.ref);
  const bool same =
      settings_.pages[here].cache_control == old.settings_.pages[s.page].cache_control;
  if (!content || same) return content;
  return refresher_->entry_of(here, std::string(content->body()), content->etag, content->status,
                              content->version, content->modified);
}

void engine::adopt(const engine& old) {
  std::map<class_id, bool> same;  // by class here
  const auto now = time_.now();
  old.store_->for_each_known([&](const slot& s) {
    const auto match = pages_.find(s.path());
    if (match.what != page_match::outcome::found || match.canonical != s.path()) return;
    const auto here = match.key.page;
    if (old.pages_.page(s.page).name() != pages_.page(here).name()) return;
    const auto found = same.find(here);
    const bool as_it_was =
        found != same.end() ? found->second : (same[here] = made_as_in(old, here, s.page));
    store_->adopt(match.key, s.path(), old.store_->book().status(s.ref),
                  adopted_content(old, s, here), as_it_was, now);
    if (old.store_->book().timer(s.ref)) take_timer(match.canonical, now);
  });
  store_->adopt_changes(old.store_->changes());
  if (unsaved_ && old.unsaved_) adopt_notes(old);
  resume_made(old);
  adopt_buses(old);
  recalling_ = old.recalling_;
  verify_soon();  // what was in doubt still is
}

}  // namespace freshet::app
