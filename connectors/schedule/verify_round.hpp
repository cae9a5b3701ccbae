#pragma once

#include <optional>
#include <vector>

#include "connectors/schedule/pace.hpp"
#include "core/config/settings.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// One walk over the pages that may have missed events, and over those whose body was lost: which
/// is built again when.
///
/// Shape:    pure but for the store. Collects by slices, then has the most asked for built first,
///           `warm.rate` pages a second of each class, 50 where it has none. What visitors and
///           watchers ask for does not wait for its turn here (page_store::visited).
/// Lifetime: everything given outlives it.
/// Threads:  home loop only.
class verify_round {
 public:
  static constexpr double usual_rate = 50;
  static constexpr page_ref slice_rows = 4096;
  static constexpr std::size_t turn_pages = 64;

  verify_round(const config::settings& settings, page_store& store, mono_time now);

  /// What is due now, or the next slice of the collection. When there is more, and it is not due at
  /// once, the answer is later than `now`; nothing at the end.
  std::optional<mono_time> step(mono_time now);

 private:
  bool in_doubt(page_ref page) const;
  void collect_slice();
  void sort();

  page_store& store_;
  std::vector<pace> paces_;                   // by class
  std::vector<std::vector<page_ref>> pages_;  // by class; the last is the next
  std::optional<page_ref> collected_ = 0;     // rows; nothing: all
  std::size_t left_ = 0;
};

}  // namespace freshet
