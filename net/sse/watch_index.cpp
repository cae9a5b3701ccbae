#include "net/sse/watch_index.hpp"

#include <algorithm>

namespace freshet::sse {
namespace {

void take_out(std::vector<subscriber*>& from, subscriber* s) {
  const auto at = std::find(from.begin(), from.end(), s);
  if (at == from.end()) return;
  *at = from.back();
  from.pop_back();
}

}  // namespace

void watch_index::add(subscriber& s) {
  for (const auto& path : s.watch.exact()) pages_[path].push_back(&s);
  for (const auto& pattern : s.watch.patterns()) {
    const auto [at, fresh] = patterns_.try_emplace(pattern.text(), pattern_group{pattern, {}});
    at->second.watchers.push_back(&s);
  }
}

void watch_index::remove(subscriber& s) {
  for (const auto& path : s.watch.exact()) {
    const auto at = pages_.find(path);
    if (at == pages_.end()) continue;
    take_out(at->second, &s);
    if (at->second.empty()) pages_.erase(at);
  }
  for (const auto& pattern : s.watch.patterns()) {
    const auto at = patterns_.find(pattern.text());
    if (at == patterns_.end()) continue;
    take_out(at->second.watchers, &s);
    if (at->second.watchers.empty()) patterns_.erase(at);
  }
}

std::size_t watch_index::watchers(std::string_view path) const {
  const auto at = pages_.find(path);
  return at == pages_.end() ? 0 : at->second.size();
}

}  // namespace freshet::sse
