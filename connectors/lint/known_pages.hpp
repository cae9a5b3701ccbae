#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/rules/rule_hit.hpp"
#include "core/config/settings.hpp"
#include "store/page/site.hpp"

namespace freshet {

/// Which pages there are, as far as somebody said: the literal lists of `warm.keys`, and paths that
/// visitors asked for. A rule that names none of them works for nobody.
///
/// Shape:    at most `paths_max` paths; more are left out.
/// Lifetime: the site outlives it.
class known_pages {
 public:
  static constexpr std::size_t paths_max = 1'000'000;

  known_pages(const config::settings& settings, const site& pages);

  /// A path as a visitor wrote it; false when no page has it.
  bool add(std::string_view target);

  /// Whether a page is among those that the hit names; nothing where nobody said which there are.
  std::optional<bool> meets(const rule_hit& hit);
  /// A known value of the parameter that is the same but for upper and lower case.
  std::optional<std::string> spelt_otherwise(class_id page, std::size_t parameter,
                                             std::string_view value) const;

 private:
  using texts = absl::flat_hash_set<std::string>;
  struct class_row {
    std::vector<std::vector<std::string>> asked;                        // values by parameter
    std::vector<std::optional<texts>> listed;                           // by parameter
    std::vector<absl::flat_hash_map<std::string, std::string>> folded;  // by parameter
    absl::flat_hash_map<std::uint32_t, texts> projected;                // by the parameters bound
  };
  static std::string projection(const std::vector<std::string>& values, std::uint32_t bound);
  void learn(class_row& row, std::size_t parameter, const std::string& value);

  const site& pages_;
  std::vector<class_row> rows_;
  std::size_t paths_ = 0;
};

/// ASCII letters in lower case.
std::string folded(std::string_view text);

}  // namespace freshet
