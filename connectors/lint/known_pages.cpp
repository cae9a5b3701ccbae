#include "connectors/lint/known_pages.hpp"

#include <algorithm>

namespace freshet {

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

known_pages::known_pages(const config::settings& settings, const site& pages) : pages_(pages) {
  for (const auto& page : pages.pages()) {
    auto& row = rows_.emplace_back();
    row.listed.resize(page.parameters().size());
    row.folded.resize(page.parameters().size());
    const auto& warm = settings.pages[page.id()].warm;
    if (!warm) continue;
    for (const auto& keys : warm->keys) {
      const auto at = page.index_of(keys.parameter);
      if (!at || keys.values.empty()) continue;
      auto& listed = row.listed[*at].emplace();
      for (const auto& value : keys.values) {
        const auto normal = page.normalise(*at, value);
        if (!normal) continue;
        listed.insert(*normal);
        learn(row, *at, *normal);
      }
    }
  }
}

void known_pages::learn(class_row& row, std::size_t parameter, const std::string& value) {
  row.folded[parameter].try_emplace(folded(value), value);
}

bool known_pages::add(std::string_view target) {
  const auto match = pages_.find(target);
  if (match.what != page_match::outcome::found) return false;
  auto& row = rows_[match.key.page];
  if (paths_ >= paths_max) return true;
  ++paths_;
  for (std::size_t i = 0; i < match.key.values.size(); ++i) learn(row, i, match.key.values[i]);
  row.asked.push_back(match.key.values);
  row.projected.clear();
  return true;
}

std::string known_pages::projection(const std::vector<std::string>& values, std::uint32_t bound) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i)
    if ((bound >> i & 1u) != 0) out += values[i] + '\n';  // no value has a line break
  return out;
}

std::optional<bool> known_pages::meets(const rule_hit& hit) {
  if (hit.shows >= 0 || hit.bound == 0) return std::nullopt;
  auto& row = rows_[hit.page];
  if (!row.asked.empty()) {
    auto [at, made] = row.projected.try_emplace(hit.bound);
    if (made)
      for (const auto& values : row.asked) at->second.insert(projection(values, hit.bound));
    return at->second.contains(projection(hit.values, hit.bound));
  }
  std::optional<bool> met;
  for (std::size_t i = 0; i < row.listed.size(); ++i) {
    if ((hit.bound >> i & 1u) == 0 || !row.listed[i]) continue;
    if (!row.listed[i]->contains(hit.values[i])) return false;
    met = true;
  }
  return met;
}

std::optional<std::string> known_pages::spelt_otherwise(class_id page, std::size_t parameter,
                                                        std::string_view value) const {
  const auto& known = rows_[page].folded[parameter];
  const auto at = known.find(folded(value));
  if (at == known.end() || at->second == value) return std::nullopt;
  return at->second;
}

}  // namespace freshet
