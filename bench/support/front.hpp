#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "net/api/public/fragment.hpp"
#include "net/api/public/page_responder.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/server/listener.hpp"
#include "store/cache/cache_home.hpp"

namespace freshet::bench {

class no_changes final : public sse::change_source {
 public:
  void since(sequence, const visitor&) const override {}
  sequence newest() const override { return 1763690400000000; }
  sequence oldest_dropped() const override { return 0; }
  std::uint64_t epoch() const override { return 1763690400; }
};

inline config::settings two_pages() {
  config::settings out;
  out.limits.connections = 20'000;
  for (const char* path : {"/{name}.json", "/k/{key}"}) {
    auto& page = out.pages.emplace_back();
    page.name = path;
    page.path = path;
  }
  return out;
}

inline http::asio::awaitable<api::miss_answer> nobody_builds(page_key, std::string) {
  api::miss_answer none;
  none.what = api::miss_answer::outcome::failed;
  co_return none;
}

/// The public listener over a filled cache, without buses and upstreams: /k/0 .. /k/KEYS-1 with
/// `bytes` each, and /1k.json, /16k.json, /128k.json.
class front {
 public:
  front(std::uint16_t port, page_ref keys, std::size_t bytes) {
    put("/1k.json", 1024);
    put("/16k.json", 16 * 1024);
    put("/128k.json", 128 * 1024);
    for (page_ref i = 0; i < keys; ++i) put("/k/" + std::to_string(i), bytes);
    http::listener_options options;
    options.at = {http::asio::ip::address_v4::loopback(), port};
    options.connections = settings_.limits.connections;
    auto opened = http::listener::open(ctx_, std::move(options), sessions_, rethrow);
    if (!opened) throw std::runtime_error(opened.error().text());
    listener_ = std::move(*opened);
  }

  /// Serves for ever.
  void run() {
    start();
    ctx_.run();
  }
  /// Then poll() serves what is there.
  void start() {
    running_.spawn("reaper", reaper_.run());
    running_.spawn("listener", listener_->run());
  }
  void poll() { ctx_.poll(); }
  void stop() {
    running_.spawn("stop", end());
    while (running_.size() > 0) ctx_.run_one();
  }

  http::asio::ip::tcp::endpoint local() const { return listener_->local(); }
  const http::counters& counts() const { return counts_; }

 private:
  static void rethrow(std::string_view, std::exception_ptr error) { std::rethrow_exception(error); }

  void put(const std::string& path, std::size_t bytes) {
    http::entry_source source;
    const std::string body(bytes, 'x');
    source.body = body;
    source.version = last_;
    freshness f;
    f.version = last_;
    f.verified = time_.wall_now();
    cache_.publish(cache_.emplace(path, 0, last_++), {api::fragment(f), build_entry(source)});
    cache_.collect();
  }

  http::asio::awaitable<void> end() {
    co_await listener_->stop(std::chrono::nanoseconds(0));
    reaper_.stop();
  }

  api::public_environment environment() {
    api::public_environment env{settings_, pages_, cache_.index(), streams_,     changes_,
                                block_,    time_,  numbers_,       nobody_builds};
    env.encode = [this](const slot& s, http::coding which) {
      const auto* e = s.current.load(std::memory_order_relaxed)->content.get();
      if (which != http::coding::identity) return;
      if (auto made = body_file::make(e->body()))
        cache_.attach(*cache_.at(s.ref), e, std::move(made));
    };
    return env;
  }

  http::asio::io_context ctx_{1};
  config::settings settings_ = two_pages();
  std::vector<config::diagnostic> problems_;
  site pages_ = site::compile(settings_.pages, problems_);
  memory_account account_{std::size_t{1} << 40};
  cache_home cache_{{.seed = 1}, account_};
  page_ref last_ = 1;
  no_changes changes_;
  real_clock time_;
  sse::hub_loop streams_{ctx_.get_executor(), time_, changes_, {}, {}, 1};
  http::date_block block_{"1763690400000000"};
  metrics numbers_;
  api::page_responder answers_{environment()};
  http::counters counts_;
  http::reaper reaper_{ctx_, time_, std::chrono::milliseconds(100)};
  http::session_environment sessions_{http::gate({}), {}, answers_, block_, counts_, reaper_, {}};
  std::unique_ptr<http::listener> listener_;
  task_scope running_{ctx_.get_executor(), rethrow};
};

}  // namespace freshet::bench
