#include "app/server/engine.hpp"

#include "core/config/load.hpp"
#include "net/api/public/fragment.hpp"

namespace freshet::app {
namespace {

void complain(std::vector<config::diagnostic>& problems, const config::location& where,
              const error& e) {
  problems.push_back({where, e.text(), {}});
}

}  // namespace

std::unique_ptr<engine> engine::create(config::settings settings, const engine_environment& with,
                                       std::vector<config::diagnostic>& problems) {
  std::unique_ptr<engine> made(new engine(std::move(settings), with, problems));
  if (!problems.empty()) return nullptr;
  made->make_pipeline(with, problems);
  if (!problems.empty()) return nullptr;
  return made;
}

engine::engine(config::settings settings, const engine_environment& with,
               std::vector<config::diagnostic>& problems)
    : settings_(std::move(settings)),
      time_(with.time),
      pages_(site::compile(settings_.pages, problems)),
      driving_(with.home.get_executor(), with.on_error),
      listening_(with.home.get_executor(), with.on_error) {
  for (const auto& page : settings_.pages) {
    auto& names = part_names_.emplace_back();
    for (const auto& fetch : page.fetches) names.push_back(fetch.into.text());
  }
}

void engine::make_pipeline(const engine_environment& with,
                           std::vector<config::diagnostic>& problems) {
  const auto ex = with.home.get_executor();
  const connector_environment connectors{ex, with.time, with.world, with.seed};
  make_upstreams(connectors, problems);
  for (const auto& each : upstreams_) each->count_in(with.counts);
  store_ = std::make_unique<page_store>(settings_, pages_,
                                        page_store::options{settings_.memory, with.loops, with.seed,
                                                            with.epoch, with.first, with.post},
                                        hooks(with));
  rules_ = std::make_unique<rule_table>(settings_, pages_, with.counts, problems);
  const upstream_caller call = [this](std::size_t upstream, upstream_request request, lane) {
    return upstreams_[upstream]->fetch(std::move(request));
  };
  refresher_ = std::make_unique<refresher>(settings_, *store_, call, with.time, with.counts,
                                           problems, &with.heavy);
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
      miss_desk::doors{
          [](const freshness& f, std::string_view status) { return api::fragment(f, status); },
          [this](const page_key& key) { return warmer_->listed(key); }},
      with.on_error, miss_desk::limits{});
  ingest_ = std::make_unique<ingest>(
      settings_, *store_, *rules_, with.time, with.counts,
      ingest_hooks{[this](std::size_t i) { return i < buses_.size() && buses_[i]->up(); },
                   [this](class_id page) { return warmer_->creates(page); }});
  make_buses(connectors, problems);
}

store_hooks engine::hooks(const engine_environment& with) {
  store_hooks out;
  out.fragment = [this](const freshness& f) {
    return api::fragment(f, api::cache_status::hit, part_names_[f.page]);
  };
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

void engine::make_buses(const connector_environment& with,
                        std::vector<config::diagnostic>& problems) {
  for (std::size_t i = 0; i < settings_.buses.size(); ++i) {
    const auto& each = settings_.buses[i];
    auto made = make_bus(
        with, each, [this, i](const event& e) { ingest_->take(i, e); },
        [this, i](std::string_view why) { ingest_->drop(i, why); });
    if (!made) {
      complain(problems, each.where, made.error());
      continue;
    }
    if (each.kind == "demo") demo_ = static_cast<demo_bus*>(made->get());
    buses_.push_back(std::move(*made));
  }
}

void engine::start() {
  driving_.spawn("scheduler", scheduler_->run());
  driving_.spawn("warmer", warmer_->run());
  for (const auto& each : buses_) listening_.spawn("bus", each->run());
}

asio::awaitable<void> engine::stop_buses() { co_await listening_.close(); }

asio::awaitable<void> engine::close() {
  co_await listening_.close();
  co_await desk_->close();
  co_await driving_.close();
}

void engine::tick() { ingest_->watch_silence(); }

/// A page is made as before when its own section and those of its upstreams read the same.
bool engine::made_as_in(const engine& old, class_id here, class_id there) const {
  const auto recipe = [](const config::settings& from, class_id page) {
    config::settings only;
    only.pages.push_back(from.pages[page]);
    for (const auto& upstream : from.upstreams)
      for (const auto& fetch : from.pages[page].fetches)
        if (fetch.upstream == upstream.name) only.upstreams.push_back(upstream);
    return config::show(only);
  };
  // What a page shows is learned when it is built, so such a page is built again.
  return settings_.pages[here].shows.empty() &&
         recipe(settings_, here) == recipe(old.settings_, there);
}

void engine::adopt(const engine& old) {
  std::map<class_id, bool> same;  // by class here
  const auto now = time_.now();
  old.store_->for_each_known([&](const slot& s) {
    const auto match = pages_.find(s.path);
    if (match.what != page_match::outcome::found || match.canonical != s.path) return;
    const auto here = match.key.page;
    if (old.pages_.page(s.page).name() != pages_.page(here).name()) return;
    const auto found = same.find(here);
    const bool as_it_was =
        found != same.end() ? found->second : (same[here] = made_as_in(old, here, s.page));
    store_->adopt(match.key, s.path, old.store_->book().status(s.ref), old.store_->content(s.ref),
                  as_it_was, now);
  });
  store_->adopt_changes(old.store_->changes());
}

}  // namespace freshet::app
