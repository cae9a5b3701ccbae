#include "core/text/distance.hpp"

#include <algorithm>
#include <array>

namespace freshet {
namespace {

constexpr std::size_t bytes_max = 64;

std::string folded(std::string_view name) {
  std::string text(name.substr(0, bytes_max + 1));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return text;
}

}  // namespace

std::size_t distance(std::string_view from, std::string_view to, std::size_t bound) {
  if (from == to) return 0;
  if (from.size() > bytes_max || to.size() > bytes_max) return bound + 1;
  const std::size_t longer = std::max(from.size(), to.size());
  if (longer - std::min(from.size(), to.size()) > bound) return bound + 1;
  std::array<std::array<std::size_t, bytes_max + 1>, 3> rows{};
  for (std::size_t j = 0; j <= to.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i - 1) % 3];
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replace = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({replace, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    // A swap looks two rows back and adds one, so a row may be passed by one less than its least.
    if (least > bound + 1) return bound + 1;
  }
  return std::min(rows[from.size() % 3][to.size()], bound + 1);
}

nearest_name::nearest_name(std::string_view misspelt)
    : misspelt_(folded(misspelt)), bound_(std::max<std::size_t>(1, misspelt_.size() / 3)) {}

void nearest_name::offer(std::string_view name) {
  const std::size_t far = distance(misspelt_, folded(name), bound_);
  if (far > bound_ || (best_ && far == bound_)) return;
  bound_ = far;
  best_ = name;
}

}  // namespace freshet
