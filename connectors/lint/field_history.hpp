#pragma once

#include <cstdint>

#include "core/select/field_shape.hpp"

namespace freshet {

/// What stood at one place that a rule reads, in the events of one topic, in their order.
///
/// Shape: lines of the recording, from 1; 0 = never.
class field_history {
 public:
  void saw(field_shape shape, std::uint64_t line);

  std::uint64_t usable() const { return usable_; }
  std::uint64_t first_usable() const { return first_usable_; }
  /// The field was there and is not any more: since this line, in so many events. An optional field
  /// is missing now and then, so only a run of them counts, and only where it was usual before.
  bool vanished() const;
  std::uint64_t missing_since() const { return missing_since_; }
  std::uint64_t missing_lately() const { return missing_lately_; }

 private:
  static constexpr std::uint64_t run_least = 3;

  std::uint64_t usable_ = 0, first_usable_ = 0;
  std::uint64_t missing_before_ = 0;  // in runs that ended
  std::uint64_t missing_lately_ = 0, missing_since_ = 0;
};

}  // namespace freshet
