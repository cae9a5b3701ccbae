#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "core/select/field_shape.hpp"

namespace freshet {

/// What became of a rule on an event that its topic and bus fit; with `each`, on one element.
enum class rule_outcome : std::uint8_t {
  matched,  // every name has a value
  nothing,  // `each` names nothing
  where,    // a condition does not hold
  unbound,  // a name yields nothing
  refused,  // a parameter does not take a value
  surplus,  // more values than are carried out
  failed,   // a fault of ours
};

/// Shape:    `term` is the index of the `where` entry, of the name in `set` or `by`, or of the
///           page's parameter. `shape` says what stood where it reads; usable where that is fine.
/// Lifetime: borrows from the event.
struct rule_sight {
  std::uint32_t rule = 0;
  rule_outcome what = rule_outcome::matched;
  std::uint16_t term = 0;
  field_shape shape = field_shape::usable;
  const simdjson::dom::element* each = nullptr;
  std::string_view value = {};  // refused
};

/// Who wants to know what each rule made of an event. Called during rule_table::match().
class rule_witness {
 public:
  virtual ~rule_witness() = default;
  virtual void saw(const rule_sight& sight) = 0;
};

/// A rule that could not do its work on an event that was meant for it.
struct rule_choke {
  std::uint32_t rule = 0;
  rule_outcome what = rule_outcome::failed;
  std::uint16_t term = 0;
};

}  // namespace freshet
