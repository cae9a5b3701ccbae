#include "app/server/generation.hpp"
#include "app/server/server.hpp"
#include "app/server/side_loop.hpp"
#include "connectors/inspect/gauges.hpp"

namespace freshet::app {
namespace {

using miss_outcome = api::miss_answer::outcome;

/// Waits on home for what this loop does not have.
asio::awaitable<api::miss_answer> ask_home(std::shared_ptr<call_target> calls, generation* of,
                                           page_key key, std::string canonical) {
  const auto make = [of, key = std::move(key), canonical = std::move(canonical)] {
    return of->core->desk().ask(key, canonical);
  };
  auto got = co_await call_on<api::miss_answer>(std::move(calls), make);
  if (got) co_return std::move(*got);
  co_return api::miss_answer{
      miss_outcome::queue_full, {}, std::chrono::seconds(1), got.error().text()};
}

}  // namespace

std::uint64_t server::sum(std::atomic<std::uint64_t> sse::hub_counters::* what) const {
  auto total = (serving_->hub().counters().*what).load(std::memory_order_relaxed);
  for (const auto& side : sides_)
    total += (side->serving().hub().counters().*what).load(std::memory_order_relaxed);
  return total;
}

std::size_t server::watchers(std::string_view path) const {
  auto total = serving_->hub().watchers(path);
  for (const auto& side : sides_) total += side->serving().hub().watchers(path);
  return total;
}

void server::make_sides(const engine& first) {
  for (std::uint32_t i = 1; i < options_.settings.loops; ++i) {
    const auto watch = [this](const std::string& path, bool watched) {
      watched_.change(*now_->core, path, watched, time_.now());
    };
    sides_.push_back(std::make_unique<side_loop>(side_loop::environment{
        home_, front_environment(home_), seed_ + i, feed_, first.store().changes(), watch,
        observe_event_to_push(counts_, time_)}));
  }
}

/// Before anything is put into the generation's cache: its updates go to these sites.
void server::open_sides(generation& g) {
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    auto site = std::make_shared<side_site>(home_, seed_);
    g.opening.push_back(site);
    g.sides.push_back(site);
  }
}

void server::answer_sides(generation& g) {
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    auto& site = *g.opening[i];
    site.keep = g.shared_from_this();
    auto env =
        public_environment(g, site.index, sides_[i]->serving(),
                           [calls = calls_, of = &g](page_key key, std::string canonical) {
                             return ask_home(calls, of, std::move(key), std::move(canonical));
                           });
    env.encode = [this, of = &g](const slot& s, http::coding which) {
      if (!encodings::asks(s, which)) return;
      asio::post(home_, [kept = of->shared_from_this(), path = std::string(s.path()), which] {
        kept->codings->want(path, which);
      });
    };
    site.answers = std::make_unique<api::page_responder>(std::move(env));
  }
}

}  // namespace freshet::app
