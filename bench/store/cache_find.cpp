/// One lookup by path: `find` ends with the first dereference (ours: the view), `hit` with the
/// entry. Ours, the floor and the rivals; alone, with two readers, and while another thread
/// publishes 10,000 versions a second.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "bench/store/rivals/copied_shards.hpp"
#include "bench/store/rivals/ours.hpp"
#include "bench/store/rivals/rivals.hpp"
#ifdef FRESHET_BENCH_URCU
#include "bench/store/rivals/urcu_table.hpp"
#endif
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
  enum : std::uint8_t { find, hashed, hit, miss } until;
  bool writer = false;
};

/// A reader's own part of the map, or the map.
template <class Map>
auto& reader_of(Map& map, int n) {
  if constexpr (requires { map.reader(0); }) {
    return map.reader(static_cast<std::size_t>(n));
  } else {
    return map;
  }
}

template <class Map, class Reader>
std::size_t ask(Reader& reader, questions& next, const how& h, std::size_t& bytes) {
  if (h.until == how::hashed) {
    if constexpr (requires { reader.touch(std::uint64_t{}); })
      return reader.touch(next.next_hash());
  }
  if (h.until == how::find || h.until == how::hashed) return reader.touch(next.next());
  return reader.with(next.next(), [&bytes](const entry& e) { bytes += e.body().size(); });
}

template <class Map>
void look_up(benchmark::State& state, how h) {
  static std::atomic<Map*> map;
  std::unique_ptr<publisher<Map>> writer;
  if (state.thread_index() == 0) {
    map = &filled<Map>(h.keys);
    if constexpr (requires { map.load()->settle(); }) map.load()->settle();
    if constexpr (Map::shared) {
      if (h.writer) writer = std::make_unique<publisher<Map>>(*map, h.keys);
    }
  }
  questions next(h.keys, h.asked, h.until == how::miss,
                 7 + static_cast<unsigned>(state.thread_index()));
  std::size_t bytes = 0, hits = 0, asked = 0;
  for (auto _ : state) {
    auto& reader = reader_of(*map.load(std::memory_order_relaxed), state.thread_index());
    if constexpr (requires { reader.turn(); }) {
      if (asked % 64 == 0) reader.turn();  // a loop's turn: the requests of some readable sockets
    }
    ++asked;
    hits += ask<Map>(reader, next, h, bytes);
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(static_cast<std::int64_t>(asked));
  if (hits != (h.until == how::miss ? 0 : asked))
    state.SkipWithError("hits and misses are not what was asked");
  if (writer) {
    state.counters["published"] =
        benchmark::Counter(static_cast<double>(writer->published()), benchmark::Counter::kIsRate);
  }
}

std::string text_of(std::size_t keys) {
  return keys >= 1'000'000 ? fmt::format("{}M", keys / 1'000'000) : fmt::format("{}k", keys / 1000);
}

template <class Map>
void add_one(const std::string& who, std::string_view what, how h, int readers = 1) {
  const auto name = fmt::format("cache/{}/{}/{}", who, text_of(h.keys), what);
  auto* b = benchmark::RegisterBenchmark(name.c_str(), look_up<Map>, h);
  if (h.writer || readers > 1) b->UseRealTime();
  if (readers > 1) b->Threads(readers);
}

template <class Map>
void add(const std::string& who) {
  for (const std::size_t keys : {std::size_t{100'000}, std::size_t{1'000'000}}) {
    add_one<Map>(who, "find/uniform", {keys, spread::uniform, how::find});
    add_one<Map>(who, "find/zipf", {keys, spread::zipf, how::find});
    if (who == "bare") {
      add_one<Map>(who, "hashed/uniform", {keys, spread::uniform, how::hashed});
      add_one<Map>(who, "hashed/zipf", {keys, spread::zipf, how::hashed});
    }
    add_one<Map>(who, "hit/uniform", {keys, spread::uniform, how::hit});
    add_one<Map>(who, "hit/zipf", {keys, spread::zipf, how::hit});
    add_one<Map>(who, "miss", {keys, spread::uniform, how::miss});
    if (Map::shared) add_one<Map>(who, "find/zipf/writer", {keys, spread::zipf, how::find, true});
  }
}

/// How it grows with the number of keys.
template <class Map>
void add_curve(const std::string& who) {
  for (const std::size_t keys : {1'000u, 10'000u, 2'000'000u})
    add_one<Map>(who, "find/uniform", {keys, spread::uniform, how::find});
}

template <class Map>
void add_two_readers(const std::string& who) {
  add_one<Map>(who, "find/zipf", {100'000, spread::zipf, how::find}, 2);
}

const bool registered = [] {
  add<our_cache<1>>("ours");
  add_curve<our_cache<1>>("ours");
  add<bare_map>("bare");
  add_curve<bare_map>("bare");
  add<mutex_shards>("mutex");
  add<shared_mutex_shards>("shared_mutex");
  add<absl_mutex_shards>("absl_mutex");
  add<snapshot_shards>("atomic_shared_ptr");
  add<copied_shards>("copied_shards");
#ifdef FRESHET_BENCH_URCU
  add<urcu_table>("urcu");
#endif
  add_two_readers<our_cache<2>>("ours");
  add_two_readers<mutex_shards>("mutex");
  add_two_readers<shared_mutex_shards>("shared_mutex");
  add_two_readers<absl_mutex_shards>("absl_mutex");
  add_two_readers<snapshot_shards>("atomic_shared_ptr");
  return true;
}();

}  // namespace
}  // namespace freshet::bench
