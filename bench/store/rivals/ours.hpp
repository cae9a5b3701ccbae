#pragma once

#include <array>
#include <atomic>
#include <string_view>

#include "store/cache/cache_home.hpp"

namespace freshet::bench {

/// The cache as several loops use it: home writes, each other loop reads its own index and
/// acknowledges each update between two batches of questions.
///
/// Threads: put() by the writer, each loop by its reader.
template <std::size_t Readers>
class our_cache {
 public:
  static constexpr bool shared = true;

  class loop {
   public:
    void turn() {
      if (!mailbox_full_.load(std::memory_order_acquire)) return;
      index_.apply(*mailbox_);
      acknowledged_ = mailbox_->round;
      mailbox_full_.store(false, std::memory_order_relaxed);
      to_home_.store(true, std::memory_order_release);
    }
    template <class F>
    bool with(std::string_view path, F&& f) {
      return index_.with(path, [&f](const slot&, const view& v) { f(*v.content); });
    }
    /// Only as far as the view, as the server's first step.
    bool touch(std::string_view path) {
      bool has = false;
      index_.with(path, [&has](const slot&, const view& v) { has = v.content != nullptr; });
      return has;
    }

   private:
    friend class our_cache;
    void post(index_update_ptr update) {
      mailbox_ = std::move(update);
      mailbox_full_.store(true, std::memory_order_release);
    }
    bool take_acknowledgement() {
      if (!to_home_.load(std::memory_order_acquire)) return false;
      to_home_.store(false, std::memory_order_relaxed);
      return true;
    }
    index_update_ptr mailbox_;
    std::atomic<bool> mailbox_full_{false}, to_home_{false};
    std::uint64_t acknowledged_ = 0;
    cache_index index_{1};
  };

  void put(std::string_view path, entry_ptr value) {
    page_ref ref = next_;
    if (const auto* known = home_.index().find(path)) ref = known->ref;
    auto& s = home_.emplace(path, 0, ref);
    if (ref == next_) ++next_;
    home_.publish(s, {"Freshness: state=fresh\r\n\r\n", std::move(value)});
    home_.collect();
    take_acknowledgements();
  }
  void reserve(std::size_t) {}
  /// Before the readers start: all pages are known to them.
  void settle() {
    while (home_.unsent() > 0 || home_.round_in_flight()) {
      for (auto& each : loops_) each.turn();
      take_acknowledgements();
      home_.collect();
    }
  }
  loop& reader(std::size_t n) { return loops_[n]; }

 private:
  void take_acknowledgements() {
    for (std::size_t n = 0; n < Readers; ++n)
      if (loops_[n].take_acknowledgement()) home_.acknowledge(n + 1, loops_[n].acknowledged_, 0);
  }

  page_ref next_ = 0;
  memory_account account_{std::size_t{1} << 40};
  std::array<loop, Readers> loops_;
  cache_home home_{
      {.loops = Readers + 1, .seed = 1}, account_, [this](std::size_t at, index_update_ptr update) {
        loops_[at - 1].post(std::move(update));
      }};
};

}  // namespace freshet::bench
