#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace freshet::app {

/// JSON answers of the admin listener as people read them. Knows no field by name, so that what a
/// newer server says is shown too.
///
/// Shape:    tables: one line a row, columns in the order of their first appearance, numbers to the
///           right. Outlines: `key: value` lines, nested ones indented; an array of flat objects is
///           a table. Times are followed by (tables: replaced by) how long ago they are. All text
///           is printable().
/// Threads:  a value.
class readable {
 public:
  explicit readable(wall_time now) : now_(now) {}

  std::string table(simdjson::dom::array rows, std::size_t indent = 0) const;
  std::string outline(simdjson::dom::object object, std::size_t indent = 0) const;
  /// One value on one line.
  std::string cell(simdjson::dom::element value) const;

 private:
  std::string line(simdjson::dom::element value) const;
  std::string members(simdjson::dom::array items, std::size_t indent) const;

  wall_time now_;
};

/// "12s ago", "in 3m"; "now" within a second.
std::string ago(wall_time then, wall_time now);

}  // namespace freshet::app
