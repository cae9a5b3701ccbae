/// One lookup by path, entry touched: ours, the floor and the rivals; alone, and while another
/// thread publishes 10,000 versions a second.
#include <benchmark/benchmark.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "bench/rivals/ours.hpp"
#include "bench/rivals/rivals.hpp"
#include "bench/support/keys.hpp"

namespace freshet::bench {
namespace {

/// A million pages take some hundred megabytes, so only one filled map lives at a time.
std::function<void()> forget_filled = [] {};

template <class Map>
Map& filled(std::size_t keys) {
  static std::unique_ptr<Map> map;
  static std::size_t has = 0;
  if (map && has == keys) return *map;
  forget_filled();
  map = std::make_unique<Map>();
  map->reserve(keys);
  for (std::size_t n = 0; n < keys; ++n) map->put(path_of(n), make_entry(n));
  has = keys;
  forget_filled = [] { map.reset(); };
  return *map;
}

/// Ten versions a millisecond until it is destroyed.
template <class Map>
class publisher {
 public:
  publisher(Map& map, std::size_t keys) : thread_([this, &map, keys] { run(map, keys); }) {}
  ~publisher() {
    stop_ = true;
    thread_.join();
  }
  std::size_t published() const { return published_; }

 private:
  void run(Map& map, std::size_t keys) {
    key_choice choice(keys, spread::zipf, 99);
    auto next = std::chrono::steady_clock::now();
    for (sequence version = 1'000'000; !stop_;) {
      for (int i = 0; i < 10; ++i) map.put(path_of(choice.next()), make_entry(++version));
      published_ += 10;
      std::this_thread::sleep_until(next += std::chrono::milliseconds(1));
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> published_{0};
  std::thread thread_;
};

struct how {
  std::size_t keys;
  spread asked;
  bool miss, writer;
};

template <class Map>
void find(benchmark::State& state, how h) {
  auto& map = filled<Map>(h.keys);
  if constexpr (requires { map.settle(); }) map.settle();
  questions ask(h.keys, h.asked, h.miss);
  std::unique_ptr<publisher<Map>> writer;
  if constexpr (Map::shared) {
    if (h.writer) writer = std::make_unique<publisher<Map>>(map, h.keys);
  }
  std::size_t bytes = 0, hits = 0, asked = 0;
  for (auto _ : state) {
    if constexpr (requires { map.turn(); }) {
      if (asked % 64 == 0) map.turn();  // a loop's turn: the requests of some readable sockets
    }
    ++asked;
    hits += map.with(ask.next(), [&bytes](const entry& e) { bytes += e.identity.body.size(); });
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(static_cast<std::int64_t>(asked));
  if (hits != (h.miss ? 0 : asked)) state.SkipWithError("hits and misses are not what was asked");
  if (writer) {
    state.counters["published"] =
        benchmark::Counter(static_cast<double>(writer->published()), benchmark::Counter::kIsRate);
  }
}

template <class Map>
void add(const std::string& who) {
  for (const std::size_t keys :
       {std::size_t{1'000}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    const auto size = keys == 1'000 ? "/1k" : keys == 100'000 ? "/100k" : "/1M";
    const auto one = [&](const std::string& what, how h) {
      const auto name = "cache_find/" + who + size + what;
      auto* b = benchmark::RegisterBenchmark(name.c_str(), find<Map>, h);
      if (h.writer) b->UseRealTime();
    };
    one("/hit/uniform", {keys, spread::uniform, false, false});
    one("/hit/zipf", {keys, spread::zipf, false, false});
    one("/miss", {keys, spread::uniform, true, false});
    if (Map::shared) one("/hit/zipf/writer", {keys, spread::zipf, false, true});
  }
}

const bool registered = [] {
  add<our_cache>("ours");
  add<bare_map>("bare_map");
  add<mutex_shards>("mutex");
  add<shared_mutex_shards>("shared_mutex");
  add<absl_mutex_shards>("absl_mutex");
  add<snapshot_shards>("atomic_shared_ptr");
  return true;
}();

}  // namespace
}  // namespace freshet::bench
