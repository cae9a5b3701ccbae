#include "connectors/catchup/bus_doubts.hpp"

namespace freshet {

bus_doubts::bus_doubts(page_store& store, const std::vector<bool>& reach) : store_(store) {
  for (std::size_t i = 0; i < reach.size(); ++i)
    if (reach[i]) classes_.push_back(static_cast<class_id>(i));
}

const std::vector<class_id>& bus_doubts::doubt() {
  for (const auto of : classes_) store_.unverify(of);
  return classes_;
}

void bus_doubts::suspect() {
  clear();
  for (const auto of : classes_) suspected_.emplace_back(of, store_.suspect(of));
}

void bus_doubts::clear() {
  for (const auto& [of, which] : std::exchange(suspected_, {})) store_.clear(of, which);
}

}  // namespace freshet
