#pragma once

#include <vector>

#include "connectors/inspect/page_tally.hpp"

namespace freshet {

/// The tallies of all classes without a pause that a visitor would feel: few pages are counted on
/// the spot, many by slices while somebody asks.
///
/// Shape:    up to `at_once` known pages the numbers are as young as asked for; above it they are
///           those of the last finished walk, about as old as the time between two questions.
/// Lifetime: the store outlives it.
/// Threads:  home loop only.
class page_census {
 public:
  static constexpr std::size_t at_once = 8192;
  static constexpr page_ref slice_rows = 4096;

  explicit page_census(const page_store& store) : store_(store) {}

  /// By class.
  const std::vector<page_tally>& tallies(mono_time now, std::chrono::nanoseconds age_max);
  /// Goes on with a walk that was asked for; true while it is not finished.
  bool tick(mono_time now);

 private:
  void finish(std::vector<page_tally> tallies, mono_time now);

  const page_store& store_;
  std::vector<page_tally> last_;
  mono_time counted_{};
  bool wanted_ = false;
  std::vector<page_tally> walk_;  // while one is under way
  page_ref next_ = 0;
};

}  // namespace freshet
