#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "store/cache/slot.hpp"

/// What ARCHITECTURE section 5 did not choose, as well as it can be done: each maps the same path
/// hash, compares the path, and lends the entry to a plain function.
namespace freshet::bench {

/// What a map without any synchronisation costs: the floor, not a candidate.
class bare_map {
 public:
  static constexpr bool shared = false;
  void put(std::string_view path, entry_ptr value) {
    auto& at = map_[path_hash(path, 1)];
    if (!at) at = std::make_unique<row>(std::string(path));
    at->value = std::move(value);
  }
  void reserve(std::size_t keys) { map_.reserve(keys); }
  template <class F>
  bool with(std::string_view path, F&& f) {
    const auto at = map_.find(path_hash(path, 1));
    if (at == map_.end()) return false;
    f(*at->second->value);
    return true;
  }
  bool touch(std::string_view path) { return touch(path_hash(path, 1)); }
  /// Find and one dereference, the key's hash given: what a lookup cannot go below.
  bool touch(std::uint64_t hash) {
    const auto at = map_.find(hash);
    return at != map_.end() && at->second->value != nullptr;
  }

 private:
  struct row {
    explicit row(std::string p) : path(std::move(p)) {}
    std::string path;
    entry_ptr value;
  };
  struct as_it_is {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  absl::flat_hash_map<std::uint64_t, std::unique_ptr<row>, as_it_is> map_;
};

/// Shards behind a lock each; a reader finishes under it.
template <class Mutex, class ReadLock, class WriteLock>
class locked_shards {
 public:
  static constexpr bool shared = true;
  void put(std::string_view path, entry_ptr value) {
    const auto hash = path_hash(path, 1);
    auto& in = shards_[hash >> 56u];
    const WriteLock lock(in.mutex);
    auto& at = in.map[hash];
    if (at.path.empty()) at.path = path;
    at.value.swap(value);
  }
  void reserve(std::size_t keys) {
    for (auto& in : shards_) in.map.reserve(keys / shards_.size() + 1);
  }
  template <class F>
  bool with(std::string_view path, F&& f) {
    const auto hash = path_hash(path, 1);
    auto& in = shards_[hash >> 56u];
    const ReadLock lock(in.mutex);
    const auto at = in.map.find(hash);
    if (at == in.map.end() || at->second.path != path) return false;
    f(*at->second.value);
    return true;
  }
  bool touch(std::string_view path) {
    const auto hash = path_hash(path, 1);
    auto& in = shards_[hash >> 56u];
    const ReadLock lock(in.mutex);
    const auto at = in.map.find(hash);
    return at != in.map.end() && at->second.path == path && at->second.value != nullptr;
  }

 private:
  struct row {
    std::string path;
    entry_ptr value;
  };
  struct as_it_is {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  struct alignas(64) shard {
    Mutex mutex;
    absl::flat_hash_map<std::uint64_t, row, as_it_is> map;
  };
  std::array<shard, 256> shards_;
};

/// absl's lock takes pointers.
struct absl_read_lock : absl::ReaderMutexLock {
  explicit absl_read_lock(absl::Mutex& m) : absl::ReaderMutexLock(&m) {}
};
struct absl_write_lock : absl::MutexLock {
  explicit absl_write_lock(absl::Mutex& m) : absl::MutexLock(&m) {}
};

using mutex_shards =
    locked_shards<std::mutex, std::lock_guard<std::mutex>, std::lock_guard<std::mutex>>;
using shared_mutex_shards = locked_shards<std::shared_mutex, std::shared_lock<std::shared_mutex>,
                                          std::lock_guard<std::shared_mutex>>;
using absl_mutex_shards = locked_shards<absl::Mutex, absl_read_lock, absl_write_lock>;

/// Copy-on-write shards behind std::atomic<std::shared_ptr>; rows are shared by the copies, so one
/// new version copies a shard's pointers and nothing else.
class snapshot_shards {
 public:
  static constexpr bool shared = true;
  void put(std::string_view path, entry_ptr value) {
    const auto hash = path_hash(path, 1);
    auto& in = shards_[hash >> 52u];
    auto fresh = std::make_shared<row>(row{std::string(path), std::move(value)});
    if (filling_ > 0) {
      --filling_;
      const auto now = in.load();
      if (!now) in.store(std::make_shared<map>());
      // Nobody reads yet, so the first fill does not have to copy.
      const_cast<map&>(*in.load())[hash] = std::move(fresh);
      return;
    }
    auto copy = std::make_shared<map>(*in.load());
    (*copy)[hash] = std::move(fresh);
    in.store(std::move(copy));
  }
  void reserve(std::size_t keys) { filling_ = keys; }
  template <class F>
  bool with(std::string_view path, F&& f) {
    const auto hash = path_hash(path, 1);
    const auto in = shards_[hash >> 52u].load();
    if (!in) return false;
    const auto at = in->find(hash);
    if (at == in->end() || at->second->path != path) return false;
    f(*at->second->value);
    return true;
  }
  bool touch(std::string_view path) {
    const auto hash = path_hash(path, 1);
    const auto in = shards_[hash >> 52u].load();
    if (!in) return false;
    const auto at = in->find(hash);
    return at != in->end() && at->second->path == path && at->second->value != nullptr;
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
  std::array<std::atomic<std::shared_ptr<const map>>, 4096> shards_;
  std::size_t filling_ = 0;
};

}  // namespace freshet::bench
