#include "core/text/media_type.hpp"

#include <algorithm>

namespace freshet {

bool is_json_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  const auto ends_in = [&](std::string_view end) {
    if (type.size() <= end.size()) return false;
    return std::ranges::equal(type.substr(type.size() - end.size()), end, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
  };
  return ends_in("/json") || ends_in("+json");
}

}  // namespace freshet
