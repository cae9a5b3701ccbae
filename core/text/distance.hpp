#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// How many insertions, deletions, replacements and swaps of neighbours lead from one name to the
/// other (optimal string alignment, by bytes); `bound + 1` as soon as it is more than `bound`, or
/// when a name has more than 64 bytes and they differ.
std::size_t distance(std::string_view from, std::string_view to, std::size_t bound);

/// "Did you mean": the one of the offered names that is nearest to a misspelt one. ASCII case does
/// not count, nor does - for _. Up to a third of the name may differ. Of equals the first wins.
///
/// Lifetime: the best borrows from what was offered.
class nearest_name {
 public:
  explicit nearest_name(std::string_view misspelt);

  void offer(std::string_view name);
  std::optional<std::string_view> best() const { return best_; }

 private:
  std::string misspelt_;
  std::size_t bound_;  // what the next one must not exceed
  std::optional<std::string_view> best_;
};

}  // namespace freshet
