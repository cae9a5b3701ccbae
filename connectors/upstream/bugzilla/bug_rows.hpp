#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet::bugzilla {

/// An answer about many bugs, `{"bugs":[...],"faults":[...]}`, taken apart by their numbers.
///
/// Errors: malformed: not JSON, or without `bugs`.
struct bug_rows {
  struct fault {
    std::int64_t code = 0;
    std::string text;
    bool is_missing() const { return code == 100 || code == 101; }  // no such alias, no such bug
  };
  std::map<std::string, std::string, std::less<>> bugs;  // JSON as it came
  std::map<std::string, fault, std::less<>> faults;

  static result<bug_rows> parse(std::string_view json);
};

}  // namespace freshet::bugzilla
