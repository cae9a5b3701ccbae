#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::web {

/// What a template is filled with. A list's elements see the outer values too.
struct values {
  std::map<std::string, std::string, std::less<>> text;
  std::map<std::string, std::vector<values>, std::less<>> lists;
};

/// `{{name}}` becomes the value, escaped for HTML text and quoted attributes;
/// `{{#name}}..{{/name}}` is repeated for each element of the list. What is not given becomes
/// nothing; braces that do not form a tag stay as they are.
std::string fill(std::string_view text, const values& with);

}  // namespace freshet::web
