#include "net/sse/matcher.hpp"

#include <algorithm>

namespace freshet::sse {

void matcher::add(std::string canonical_path) {
  const auto at = std::lower_bound(exact_.begin(), exact_.end(), canonical_path);
  if (at == exact_.end() || *at != canonical_path) exact_.insert(at, std::move(canonical_path));
}

void matcher::add(url_pattern pattern) {
  const auto same = [&](const url_pattern& p) { return p.text() == pattern.text(); };
  if (std::none_of(patterns_.begin(), patterns_.end(), same)) {
    patterns_.push_back(std::move(pattern));
  }
}

bool matcher::matches(std::string_view path) const {
  if (std::binary_search(exact_.begin(), exact_.end(), path, std::less<>{})) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const url_pattern& p) { return p.matches(path); });
}

}  // namespace freshet::sse
