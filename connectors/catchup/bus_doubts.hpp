#pragma once

#include <utility>
#include <vector>

#include "store/home/page_store.hpp"

namespace freshet {

/// What gaps in one bus mean for the pages that the bus concerns.
///
/// Shape:    a suspicion lasts while a gap is being closed: pages say `unverified` and are not
///           fetched again for it. A doubt is for good.
/// Lifetime: the store outlives it.
/// Threads:  home loop only.
class bus_doubts {
 public:
  /// `reach`: by class, whether a rule leads from the bus to it.
  bus_doubts(page_store& store, const std::vector<bool>& reach);

  /// Answers the classes.
  const std::vector<class_id>& doubt();
  /// Of everything that was fetched until now, whatever was suspected before.
  void suspect();
  void clear();

 private:
  page_store& store_;
  std::vector<class_id> classes_;
  std::vector<std::pair<class_id, class_doubts::generation>> suspected_;
};

}  // namespace freshet
