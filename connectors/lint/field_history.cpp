#include "connectors/lint/field_history.hpp"

#include <utility>

namespace freshet {

void field_history::saw(field_shape shape, std::uint64_t line) {
  if (shape == field_shape::missing) {
    if (missing_lately_++ == 0) missing_since_ = line;
    return;
  }
  missing_before_ += std::exchange(missing_lately_, 0);
  if (shape != field_shape::usable) return;
  if (usable_++ == 0) first_usable_ = line;
}

bool field_history::vanished() const {
  return missing_lately_ >= run_least && usable_ > missing_before_;
}

}  // namespace freshet
