#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/select/selector.hpp"

namespace freshet {

/// A topic made of what a message says, such as `github.{/headers/x-github-event}.{/msg/action}`.
///
/// Shape:    parts between dots; one whose pointers yield nothing is left out; of several values
///           the first. A dot inside of a value makes words of it.
/// Errors:   parse: malformed, when a part is no template of CONTRACT 3.2.
/// Lifetime: a value; any thread may use it.
class topic_template {
 public:
  static result<topic_template> parse(std::string_view text);

  /// "" when no part is left.
  std::string make(const event& from) const;

 private:
  std::vector<selector> parts_;
};

}  // namespace freshet
