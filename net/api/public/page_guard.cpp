#include "net/api/public/page_guard.hpp"

#include <algorithm>

#include "net/http/head/characters.hpp"

namespace freshet::api {

page_guard::page_guard(const config::settings& settings, const site& pages) : pages_(pages) {
  for (const auto& page : settings.pages) {
    auto& rules = rules_.emplace_back();
    for (const auto& [parameter, header] : page.only) {
      const auto at = pages.page(static_cast<class_id>(rules_.size() - 1)).index_of(parameter);
      if (at) rules.push_back({*at, header});  // site::compile refused every other name
    }
    any_ |= !rules.empty();
  }
}

bool page_guard::holds(const rule& r, const page_key& key, const http::request_head& head) const {
  auto items = head.single(r.header).value_or("");
  while (!items.empty()) {
    const auto comma = std::min(items.find(','), items.size());
    const auto item = http::trim(items.substr(0, comma));
    items.remove_prefix(std::min(comma + 1, items.size()));
    if (item.empty()) continue;
    const auto normal = pages_.page(key.page).normalise(r.parameter, item);
    if (normal && *normal == key.values[r.parameter]) return true;
  }
  return false;
}

bool page_guard::admits(const page_key& key, const http::request_head& head,
                        const http::peer& from) const {
  const auto& rules = rules_[key.page];
  return from.proxy && std::all_of(rules.begin(), rules.end(),
                                   [&](const rule& r) { return holds(r, key, head); });
}

}  // namespace freshet::api
