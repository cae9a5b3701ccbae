#pragma once

#include <array>
#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "store/body_file.hpp"

namespace freshet {

/// Process-wide, rises for ever, below 2^53: numbers marks, versions and changes alike.
using sequence = std::uint64_t;
/// A page class: index into the configuration's pages.
using class_id = std::uint16_t;
/// The row of a known page: dense, reused after the page was evicted.
using page_ref = std::uint32_t;
inline constexpr page_ref no_page = ~page_ref{0};

/// A body in one content coding, with the part of the response head that only depends on it.
struct representation {
  std::string head;  // complete header lines, each ended by CRLF
  std::string body;
  std::size_t bytes() const { return head.size() + body.size(); }
};

/// Which codings of a version were asked for, so that each is asked for once, whether it is made,
/// or was not worth it. Load and store, no read-modify-write: two loops at the same moment ask
/// twice.
class codings_asked {
 public:
  /// True the first time.
  bool take(unsigned coding) const {
    const auto now = bits_.load(std::memory_order_relaxed);
    if ((now & bit(coding)) != 0) return false;
    bits_.store(static_cast<std::uint8_t>(now | bit(coding)), std::memory_order_relaxed);
    return true;
  }
  /// It could not be tried: ask again.
  void give_back(unsigned coding) const {
    const auto now = bits_.load(std::memory_order_relaxed);
    bits_.store(static_cast<std::uint8_t>(now & ~bit(coding)), std::memory_order_relaxed);
  }

 private:
  static unsigned bit(unsigned coding) { return 1u << coding; }
  mutable std::atomic<std::uint8_t> bits_{0};
};

/// One immutable version of a page.
///
/// Shape:    `version` is the sequence of the commit that changed the content; `etag` 32 hex digits
/// of
///           the content's hash; `status` 200, 404 or 410. An encoding, and the file, is null until
///           it was made.
/// Lifetime: intrusively counted. A reader that holds a view may take a reference; the publisher's
/// own
///           reference is dropped only after a grace round, so a count never rises from zero.
/// Threads:  any thread reads; only home or the worker adds an encoding, once.
struct entry : boost::intrusive_ref_counter<entry> {
  sequence version = 0;
  std::array<char, 32> etag{};
  std::uint16_t status = 200;
  wall_time modified;
  representation identity;
  mutable std::atomic<const representation*> gzip{nullptr};
  mutable std::atomic<const representation*> brotli{nullptr};
  mutable std::atomic<const body_file*> file{nullptr};  // of the identity body
  codings_asked asked;

  entry() = default;
  entry(const entry&) = delete;
  ~entry() {
    delete gzip.load(std::memory_order_acquire);
    delete brotli.load(std::memory_order_acquire);
    delete file.load(std::memory_order_acquire);
  }
};
using entry_ptr = boost::intrusive_ptr<const entry>;

/// Raised once by home, taken once by whichever loop serves the view next. Load and store, no
/// read-modify-write: that two loops take it at the same moment only says the same thing twice.
class hand_raised {
 public:
  hand_raised(bool raised = false) : raised_(raised) {}
  hand_raised(const hand_raised& other) : raised_(other.raised_.load(std::memory_order_relaxed)) {}
  hand_raised& operator=(const hand_raised& other) {
    raised_.store(other.raised_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }
  bool take() const {
    if (!raised_.load(std::memory_order_relaxed)) return false;
    raised_.store(false, std::memory_order_relaxed);
    return true;
  }

 private:
  mutable std::atomic<bool> raised_;
};

/// What a slot points to: the short part of the head that changes without a new version
/// (Freshness, Cache-Status, the empty line), and the entry it goes with. Immutable but for
/// `tell_home`: home wants to hear of the next visitor (a lazy page became stale, an `every` timer
/// runs only while somebody looks).
struct view {
  std::string fragment;
  entry_ptr content;  // null: known, never built
  hand_raised tell_home = false;
};

}  // namespace freshet
