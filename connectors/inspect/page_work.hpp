#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "net/sse/url_pattern.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Rebuilds and purges that an operator asked for, however many pages they name: what does not fit
/// into one turn of the loop is done by slice().
///
/// Shape:    at most `jobs_max` patterns wait. A page that was forgotten meanwhile is left out; its
///           number may belong to another page by then, so the path is matched again.
/// Errors:   overloaded.
/// Lifetime: the store outlives it.
/// Threads:  home loop only.
class page_work {
 public:
  enum class kind : std::uint8_t { rebuild, purge };
  static constexpr std::size_t jobs_max = 4;
  static constexpr std::size_t slice_pages = 512;

  explicit page_work(page_store& store) : store_(store) {}

  void do_now(page_ref page, kind what, lane in, mono_time now);
  /// REQUIRES: `pages` match the pattern now.
  result<void> begin(sse::url_pattern pattern, std::vector<page_ref> pages, kind what,
                     mono_time now);
  bool busy() const { return !jobs_.empty(); }
  /// At most slice_pages; true while more are left.
  bool slice(mono_time now);

 private:
  struct job {
    sse::url_pattern pattern;
    std::vector<page_ref> left;
    kind what;
  };

  page_store& store_;
  std::deque<job> jobs_;
};

}  // namespace freshet
