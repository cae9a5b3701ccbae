/// A new page pushes an old one out, at a million pages: what one costs, and the longest pause.
#include <benchmark/benchmark.h>

#include "bench/support/keys.hpp"
#include "store/cache/cache_home.hpp"
#include "store/eviction/eviction.hpp"

namespace freshet::bench {
namespace {

/// Cache and eviction as page_store wires them, without ledger and index.
class store {
 public:
  explicit store(std::size_t limit) : account_(limit) {}

  void build(std::size_t n) {
    const auto path = path_of(n);
    const bool known = home_.index().find(path) != nullptr;
    const auto ref = known ? home_.index().find(path)->ref : take_ref();
    auto& s = home_.emplace(path, 0, ref);
    if (!known) evict_.admit(s, home_.bytes_of(s));
    home_.publish(s, {"Freshness: state=fresh\r\n\r\n", make_entry(++version_)});
    evict_.resize(s, home_.bytes_of(s));
    evict_.shrink(64, [this](page_ref dropped, drop) {
      auto& old = *home_.at(dropped);
      evict_.leave_ghost(old);
      home_.erase(old);
      free_.push_back(dropped);
    });
    home_.collect();
  }
  std::size_t pages() const { return home_.size(); }
  bool full() const { return evict_.pages_dropped() > 0; }

 private:
  page_ref take_ref() {
    if (free_.empty()) return next_++;
    const auto ref = free_.back();
    free_.pop_back();
    return ref;
  }

  memory_account account_;
  cache_home home_{{.seed = 1}, account_};
  eviction evict_{account_, [this](page_ref ref) -> auto& { return home_.at(ref)->popularity; }};
  std::vector<page_ref> free_;
  page_ref next_ = 0;
  sequence version_ = 0;
};

void insert_and_evict(benchmark::State& state) {
  static std::unique_ptr<store> full;
  static std::size_t next = 0;
  if (!full) {
    full = std::make_unique<store>(std::size_t{840} << 20);  // about a million of these pages
    while (!full->full()) full->build(next++);
  }
  double longest = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    full->build(next++);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    longest = std::max(longest, took.count());
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["pages"] = static_cast<double>(full->pages());
  state.counters["longest_us"] = longest;
}
BENCHMARK(insert_and_evict)->Name("cache_churn/insert_and_evict/1M");

/// The pauses on the way there: each shard grows on its own.
void insert(benchmark::State& state) {
  constexpr std::size_t pages = 200'000;
  double longest = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto grows = std::make_unique<store>(std::size_t{1} << 40);
    state.ResumeTiming();
    for (std::size_t n = 0; n < pages; ++n) {
      const auto begin = std::chrono::steady_clock::now();
      grows->build(n);
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - begin;
      longest = std::max(longest, took.count());
    }
    state.PauseTiming();
    grows.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(pages));
  state.counters["longest_us"] = longest;
}
BENCHMARK(insert)->Name("cache_churn/insert/200k")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace freshet::bench
