#include "net/sse/matcher.hpp"

#include <xxhash.h>

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

bool matcher::names(std::string_view path) const {
  return std::binary_search(exact_.begin(), exact_.end(), path, std::less<>{});
}

bool matcher::matches(std::string_view path) const {
  if (names(path)) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const url_pattern& p) { return p.matches(path); });
}

bool matcher::operator==(const matcher& other) const {
  const auto same = [](const url_pattern& a, const url_pattern& b) { return a.text() == b.text(); };
  return exact_ == other.exact_ && std::equal(patterns_.begin(), patterns_.end(),
                                              other.patterns_.begin(), other.patterns_.end(), same);
}

std::size_t matcher::hash() const {
  std::size_t sum = 0;
  const auto add = [&sum](std::string_view text) {
    sum = XXH3_64bits_withSeed(text.data(), text.size(), sum + 1);
  };
  for (const auto& path : exact_) add(path);
  for (const auto& pattern : patterns_) add(pattern.text());
  return sum;
}

}  // namespace freshet::sse
