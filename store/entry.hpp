#pragma once

#include <array>
#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

/// The lines of a response head that all versions of a page class have in common, so that a page
/// need not keep them. Made by net, which knows what they say; they live as long as the process.
struct head_lines;

/// A body in a content coding.
struct representation {
  std::string body;
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
/// Shape:    one block of memory, the body behind the rest. `version` is the sequence of the commit
///           that changed the content; `etag` 32 hex digits of the content's hash; `status` 200,
///           404 or 410. An encoding, and the file, is null until it was made.
/// Lifetime: intrusively counted. A reader that holds a view may take a reference; the publisher's
///           own reference is dropped only after a grace round, so a count never rises from zero.
/// Threads:  any thread reads; only home or the worker adds an encoding, once.
struct entry : boost::intrusive_ref_counter<entry> {
  std::uint16_t status = 200;
  codings_asked asked;
  sequence version = 0;
  std::array<char, 32> etag{};
  wall_time modified;
  const head_lines* lines = nullptr;
  mutable std::atomic<const representation*> gzip{nullptr};
  mutable std::atomic<const representation*> brotli{nullptr};
  mutable std::atomic<const body_file*> file{nullptr};  // of the body as it is

  static boost::intrusive_ptr<entry> make(std::string_view body);
  ~entry();
  entry(const entry&) = delete;
  static void operator delete(void* at) { ::operator delete(at); }

  std::string_view body() const { return {reinterpret_cast<const char*>(this + 1), body_bytes_}; }

 private:
  explicit entry(std::size_t body_bytes) : body_bytes_(body_bytes) {}

  const std::size_t body_bytes_;
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

/// What is said of a page, to be published.
///
/// Shape: `fragment`: the short part of the head that changes without a new version. `tell_home`:
///        home wants to hear of the next visitor (a lazy page became stale, an `every` timer runs
///        only while somebody looks).
struct shown_page {
  std::string fragment;
  entry_ptr content;  // null: known, never built
  bool tell_home = false;
};

/// The same, published: what a slot points to. Immutable but for `tell_home`.
///
/// Shape: one block of memory, the fragment behind the rest: most of a hit's time over many pages
///        is the way from one piece of cold memory to the next.
class view {
 public:
  static std::unique_ptr<const view> make(shown_page what);
  view(const view&) = delete;
  static void operator delete(void* at) { ::operator delete(at); }

  const entry_ptr content;
  const hand_raised tell_home;

  std::string_view fragment() const {
    return {reinterpret_cast<const char*>(this + 1), fragment_bytes_};
  }

 private:
  explicit view(shown_page&& what);

  const std::uint32_t fragment_bytes_;
};

}  // namespace freshet
