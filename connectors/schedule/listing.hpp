#pragma once

#include <cstdint>

namespace freshet {

/// Whether a key is one of those that `warm` lists.
enum class listing : std::uint8_t {
  listed,
  unlisted,
  not_known_yet,  // its list was never read
};

}  // namespace freshet
