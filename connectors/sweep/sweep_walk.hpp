#pragma once

#include <optional>

#include "store/home/page_store.hpp"

namespace freshet {

/// Which page of a class is compared with its upstream next, though no event named it.
///
/// Shape:    one walk over all rows in an eighth of the period, evenly paced, so at most eight
///           times the pages a period. A page is due when it was last verified three quarters of
///           the period ago; two walks pass it within a quarter. So none gets older than the period
///           while the upstream keeps up. What is up, queued or parked is left to those who have
///           it.
/// Lifetime: borrows nothing.
/// Threads:  home loop only; pure but for the store.
/// Source:   ARCHITECTURE section 3, "Sweep".
class sweep_walk {
 public:
  static constexpr int walks = 8;  // in a period
  static constexpr page_ref slice_rows = 4096;

  /// REQUIRES: period > 0.
  sweep_walk(class_id of, std::chrono::nanoseconds period, mono_time now);

  /// The next page, if one is due and its turn has come. It counts as seen to.
  std::optional<page_ref> next(const page_store& store, mono_time now, wall_time wall);
  /// When next() is worth another call.
  mono_time next_at() const { return next_; }

  class_id of() const { return of_; }
  std::chrono::nanoseconds period() const { return period_; }
  bool due(const page_store& store, page_ref page, wall_time wall) const;

 private:
  void begin(const page_store& store, mono_time now);

  class_id of_;
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds step_{0};
  mono_time began_;
  mono_time next_;
  page_ref at_ = no_page;  // no_page: between two walks
};

}  // namespace freshet
