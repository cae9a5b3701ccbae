#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace freshet {

/// The two sides of one change that a message tells of: `{"removed":"a","added":"b"}`, `old` and
/// `new`, `before` and `after`, `previous` and `current`, `old_x` and `new_x`.
struct change_side_pair {
  std::string old_at, new_at;  // pointers, `*` for the elements of a list: `/msg/changes/*/removed`
  std::vector<std::string> old_values, new_values;
};

/// All of them in a message. `source`: the text that it was parsed from.
///
/// Shape: looks at the first `nodes_max` values of the message, at most `pairs_max` pairs of at
///        most `values_max` values a side. Pairs without a text on both sides are left out.
class change_sides {
 public:
  static constexpr std::size_t nodes_max = 20'000;
  static constexpr std::size_t pairs_max = 256;
  static constexpr std::size_t values_max = 256;

  static std::vector<change_side_pair> of(simdjson::dom::element message, std::string_view at,
                                          std::string_view source);
};

}  // namespace freshet
