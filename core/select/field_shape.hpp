#pragma once

#include <cstdint>

namespace freshet {

/// What stands where a rule reads. A field that changes its type makes a rule fall silent without
/// an error, so this is what `freshet check --events` and the locker go by.
enum class field_shape : std::uint8_t {
  missing,  // the pointer names nothing
  empty,    // null, "", or a list of such
  odd,      // of another type: an object where a text is read, or the other way round
  usable,
};

}  // namespace freshet
