#pragma once

#include <atomic>
#include <string_view>

#include "store/cache/cache_home.hpp"

namespace freshet::bench {

/// The cache as two loops use it: home writes, this loop reads its own index and acknowledges each
/// update between two batches of questions.
///
/// Threads: put() by the writer, with() and turn() by the reader.
class our_cache {
 public:
  static constexpr bool shared = true;

  void put(std::string_view path, entry_ptr value) {
    page_ref ref = next_;
    if (const auto* known = home_.index().find(path)) ref = known->ref;
    auto& s = home_.emplace(path, 0, ref);
    if (ref == next_) ++next_;
    home_.publish(s, {"Freshness: state=fresh\r\n\r\n", std::move(value)});
    home_.collect();
    take_acknowledgement();
  }
  void reserve(std::size_t) {}
  /// Before the reader starts: all pages are known to it.
  void settle() {
    while (home_.unsent() > 0 || home_.round_in_flight()) {
      turn();
      take_acknowledgement();
      home_.collect();
    }
  }
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

 private:
  void take_acknowledgement() {
    if (!to_home_.load(std::memory_order_acquire)) return;
    to_home_.store(false, std::memory_order_relaxed);
    home_.acknowledge(1, acknowledged_, 0);
  }

  index_update_ptr mailbox_;
  std::atomic<bool> mailbox_full_{false}, to_home_{false};
  std::uint64_t acknowledged_ = 0;
  page_ref next_ = 0;
  memory_account account_{std::size_t{1} << 40};
  cache_index index_{1};
  cache_home home_{{.loops = 2, .seed = 1}, account_, [this](std::size_t, index_update_ptr u) {
                     mailbox_ = std::move(u);
                     mailbox_full_.store(true, std::memory_order_release);
                   }};
};

}  // namespace freshet::bench
