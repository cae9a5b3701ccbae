#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/cache/slot.hpp"

namespace freshet::bench {

/// Copy-on-write shards behind a plain atomic pointer; a copy that was replaced is freed two turns
/// of the reader later. Find is as cheap as it gets, and a new version copies a shard's pointers.
///
/// Threads: put() by the writer, with(), touch() and turn() by the reader.
class copied_shards {
 public:
  static constexpr bool shared = true;
  ~copied_shards() {
    for (auto& shard : shards_) delete shard.load();
  }
  void put(std::string_view path, entry_ptr value) {
    const auto hash = path_hash(path, 1);
    auto& in = shards_[hash >> 52u];
    auto fresh = std::make_shared<const row>(row{std::string(path), std::move(value)});
    const map* now = in.load(std::memory_order_relaxed);
    if (filling_ > 0) {  // nobody reads yet
      --filling_;
      auto* const mine = now == nullptr ? new map : const_cast<map*>(now);
      (*mine)[hash] = std::move(fresh);
      in.store(mine, std::memory_order_release);
      return;
    }
    auto copy = std::make_unique<map>(*now);
    (*copy)[hash] = std::move(fresh);
    in.store(copy.release(), std::memory_order_release);
    dying_.emplace_back(std::unique_ptr<const map>(now), turns_.load(std::memory_order_acquire));
    while (!dying_.empty() && dying_.front().second + 2 <= turns_.load(std::memory_order_acquire))
      dying_.erase(dying_.begin());
  }
  void reserve(std::size_t keys) { filling_ = keys; }
  void turn() {
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  template <class F>
  bool with(std::string_view path, F&& f) {
    const row* found = find(path);
    if (found == nullptr) return false;
    f(*found->value);
    return true;
  }
  bool touch(std::string_view path) {
    const row* found = find(path);
    return found != nullptr && found->value != nullptr;
  }

 private:
  struct row {
    std::string path;
    entry_ptr value;
  };
  struct as_it_is {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  using map = absl::flat_hash_map<std::uint64_t, std::shared_ptr<const row>, as_it_is>;

  const row* find(std::string_view path) const {
    const auto hash = path_hash(path, 1);
    const map* in = shards_[hash >> 52u].load(std::memory_order_acquire);
    if (in == nullptr) return nullptr;
    const auto at = in->find(hash);
    return at == in->end() || at->second->path != path ? nullptr : at->second.get();
  }

  std::array<std::atomic<const map*>, 4096> shards_{};
  std::atomic<std::uint64_t> turns_{0};
  std::vector<std::pair<std::unique_ptr<const map>, std::uint64_t>> dying_;
  std::size_t filling_ = 0;
};

}  // namespace freshet::bench
