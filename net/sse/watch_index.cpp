#include "net/sse/watch_index.hpp"

#include <algorithm>

namespace freshet::sse {
namespace {

void take_out(std::vector<audience*>& from, const audience* a) {
  const auto at = std::find(from.begin(), from.end(), a);
  *at = from.back();
  from.pop_back();
}

}  // namespace

void watch_index::add(subscriber& s, matcher watch) {
  const std::lock_guard lock(mutex_);
  auto& a = join(std::move(watch));
  s.of = &a;
  s.place = static_cast<std::uint32_t>(a.members.size());
  a.members.push_back(&s);
}

audience& watch_index::join(matcher watch) {
  if (const auto at = all_.find(watch); at != all_.end()) return **at;
  auto made = std::make_unique<audience>();
  made->watch = std::move(watch);
  auto& a = **all_.insert(std::move(made)).first;
  for (const auto& path : a.watch.exact()) pages_[path].push_back(&a);
  for (const auto& pattern : a.watch.patterns()) {
    const auto [at, fresh] = patterns_.try_emplace(pattern.text(), pattern_group{pattern, {}});
    at->second.watching.push_back(&a);
  }
  return a;
}

void watch_index::remove(subscriber& s) {
  const std::lock_guard lock(mutex_);
  auto& members = s.of->members;
  members[s.place] = members.back();
  members[s.place]->place = s.place;
  members.pop_back();
  if (members.empty()) dissolve(*s.of);
  s.of = nullptr;
}

void watch_index::dissolve(audience& a) {
  for (const auto& path : a.watch.exact()) {
    const auto at = pages_.find(path);
    take_out(at->second, &a);
    if (at->second.empty()) pages_.erase(at);
  }
  for (const auto& pattern : a.watch.patterns()) {
    const auto at = patterns_.find(pattern.text());
    take_out(at->second.watching, &a);
    if (at->second.watching.empty()) patterns_.erase(at);
  }
  all_.erase(all_.find(a.watch));
}

std::size_t watch_index::watchers(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const auto at = pages_.find(path);
  std::size_t sum = 0;
  if (at != pages_.end()) {
    for (const auto* a : at->second) sum += a->members.size();
  }
  return sum;
}

}  // namespace freshet::sse
