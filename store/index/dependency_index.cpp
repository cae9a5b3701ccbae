#include "store/index/dependency_index.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cassert>

namespace freshet {

namespace {

constexpr std::size_t bytes_per_edge = sizeof(tag_id) + 2 * sizeof(std::uint32_t);

}  // namespace

void dependency_index::add_class(class_id of, unsigned parameters, unsigned shows) {
  assert(of == classes_.size() && parameters + shows <= 64);
  static_cast<void>(of);
  classes_.push_back({parameters, shows, {dimension_mask{0}}});  // `all = true` needs no rule
}

void dependency_index::add_shape(class_id of, dimension_mask bound) {
  auto& shapes = classes_[of].shapes;
  assert(static_cast<unsigned>(std::bit_width(bound)) <=
         classes_[of].parameters + classes_[of].shows);
  if (std::find(shapes.begin(), shapes.end(), bound) == shapes.end()) shapes.push_back(bound);
}

tag_hash dependency_index::hash(class_id of, dimension_mask bound,
                                std::span<const std::string_view> values) {
  XXH64_hash_t h = XXH3_64bits_withSeed(&bound, sizeof bound, of);
  // Each value is hashed with the hash before it as the seed, so that "ab","c" is not "a","bc".
  for (const std::string_view v : values) h = XXH3_64bits_withSeed(v.data(), v.size(), h);
  return h;
}

bool dependency_index::hashes_of(class_id of, const page_values& values,
                                 std::vector<tag_hash>& into) const {
  const class_row& c = classes_[of];
  assert(values.parameters.size() == c.parameters);
  assert(values.shows.empty() || values.shows.size() == c.shows);
  std::vector<std::vector<std::string_view>> product, longer;
  for (const dimension_mask bound : c.shapes) {
    product.assign(1, {});
    for (unsigned d = 0; d < c.parameters + c.shows && !product.empty(); ++d) {
      if (!((bound >> d) & 1)) continue;
      if (d < c.parameters) {
        for (auto& tuple : product) tuple.push_back(values.parameters[d]);
        continue;
      }
      longer.clear();
      if (!values.shows.empty()) {
        for (const auto& tuple : product) {
          for (const std::string& v : values.shows[d - c.parameters]) {
            if (into.size() + longer.size() >= tags_max) return false;
            longer.push_back(tuple);
            longer.back().push_back(v);
          }
        }
      }
      product.swap(longer);
    }
    for (const auto& tuple : product) into.push_back(hash(of, bound, tuple));
  }
  return true;
}

bool dependency_index::put(page_ref page, class_id of, const page_values& values) {
  if (page >= pages_.size()) pages_.resize(std::size_t{page} + 1);
  std::vector<tag_hash> wanted;
  const bool whole = hashes_of(of, values, wanted);
  std::vector<tag_id> next;
  next.reserve(wanted.size());
  for (const tag_hash h : wanted) next.push_back(make(h));
  std::sort(next.begin(), next.end());
  next.erase(std::unique(next.begin(), next.end()), next.end());
  const std::vector<tag_id> old = pages_[page].tags;
  // Join first: a tag that make() has just found must not be freed by a page that leaves it.
  for (const tag_id t : next) {
    if (!std::binary_search(old.begin(), old.end(), t)) join(page, t);
  }
  if (!whole) return false;  // what is known stays: a needless refresh rather than a missed one
  for (const tag_id t : old) {
    if (!std::binary_search(next.begin(), next.end(), t)) leave(page, t);
  }
  return true;
}

void dependency_index::erase(page_ref page) {
  if (page >= pages_.size()) return;
  const std::vector<tag_id> old = pages_[page].tags;
  for (auto t = old.rbegin(); t != old.rend(); ++t) leave(page, *t);
  pages_[page] = page_row{};
}

std::optional<tag_id> dependency_index::find(tag_hash tag) const {
  const auto it = ids_.find(tag);
  if (it == ids_.end()) return std::nullopt;
  return it->second;
}

std::span<const tag_id> dependency_index::tags_of(page_ref page) const {
  if (page >= pages_.size()) return {};
  return pages_[page].tags;
}

tag_id dependency_index::make(tag_hash tag) {
  const auto [it, fresh] = ids_.try_emplace(tag, 0);
  if (!fresh) return it->second;
  if (free_.empty()) {
    it->second = static_cast<tag_id>(tags_.size());
    tags_.emplace_back();
  } else {
    it->second = free_.back();
    free_.pop_back();
  }
  tags_[it->second].hash = tag;
  return it->second;
}

std::size_t dependency_index::edge(page_ref page, tag_id tag) const {
  const auto& own = pages_[page].tags;
  const auto it = std::lower_bound(own.begin(), own.end(), tag);
  assert(it != own.end() && *it == tag);
  return static_cast<std::size_t>(it - own.begin());
}

void dependency_index::join(page_ref page, tag_id tag) {
  page_row& row = pages_[page];
  const auto it = std::lower_bound(row.tags.begin(), row.tags.end(), tag);
  const auto at = it - row.tags.begin();
  row.tags.insert(it, tag);
  auto& members = tags_[tag].members;
  row.standing.insert(row.standing.begin() + at, static_cast<std::uint32_t>(members.size()));
  members.push_back(page);
  edge_bytes_ += bytes_per_edge;
}

void dependency_index::leave(page_ref page, tag_id tag) {
  page_row& row = pages_[page];
  const std::size_t at = edge(page, tag);
  const std::uint32_t place = row.standing[at];
  auto& members = tags_[tag].members;
  if (const page_ref last = members.back(); last != page) {
    members[place] = last;
    pages_[last].standing[edge(last, tag)] = place;
  }
  members.pop_back();
  row.tags.erase(row.tags.begin() + static_cast<std::ptrdiff_t>(at));
  row.standing.erase(row.standing.begin() + static_cast<std::ptrdiff_t>(at));
  edge_bytes_ -= bytes_per_edge;
  if (!members.empty()) return;
  ids_.erase(tags_[tag].hash);
  tags_[tag] = tag_row{};
  free_.push_back(tag);
}

std::size_t dependency_index::bytes() const {
  return edge_bytes_ + tags_.capacity() * sizeof(tag_row) + pages_.capacity() * sizeof(page_row) +
         free_.capacity() * sizeof(tag_id) + ids_.capacity() * (sizeof(tag_hash) + 9);
}

}  // namespace freshet
