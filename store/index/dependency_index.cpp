#include "store/index/dependency_index.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cassert>

#include "store/memory/memory_account.hpp"

namespace freshet {

namespace {

/// What a list holds outside of itself.
template <class List>
std::size_t spilled(const List& list) {
  return list.capacity() > List().capacity()
             ? heap_bytes(list.capacity() * sizeof(typename List::value_type))
             : 0;
}

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
                                 std::vector<tag_hash>& into) {
  const class_row& c = classes_[of];
  assert(values.parameters.size() == c.parameters);
  assert(values.shows.empty() || values.shows.size() == c.shows);
  for (const dimension_mask bound : c.shapes) {
    if (static_cast<unsigned>(std::bit_width(bound)) > c.parameters) {
      if (!shown_hashes_of(of, bound, values, into)) return false;
      continue;
    }
    own_.clear();
    for (unsigned d = 0; d < c.parameters; ++d) {
      if ((bound >> d) & 1) own_.push_back(values.parameters[d]);
    }
    into.push_back(hash(of, bound, own_));
  }
  return true;
}

/// A shape with `shows`: one tag for each combination of the values that are shown.
bool dependency_index::shown_hashes_of(class_id of, dimension_mask bound, const page_values& values,
                                       std::vector<tag_hash>& into) const {
  const class_row& c = classes_[of];
  std::vector<std::vector<std::string_view>> product(1), longer;
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
  return true;
}

bool dependency_index::put(page_ref page, class_id of, const page_values& values) {
  pages_.grow_to(page);
  wanted_.clear();
  const bool whole = hashes_of(of, values, wanted_);
  next_.clear();
  for (const tag_hash h : wanted_) next_.push_back(make(h));
  std::sort(next_.begin(), next_.end());
  next_.erase(std::unique(next_.begin(), next_.end()), next_.end());
  old_.clear();
  each_tag_of(page, [this](tag_id t) { old_.push_back(t); });
  // Join first: a tag that make() has just found must not be freed by a page that leaves it.
  for (const tag_id t : next_) {
    if (!std::binary_search(old_.begin(), old_.end(), t)) join(page, t);
  }
  if (!whole) return false;  // what is known stays: a needless refresh rather than a missed one
  for (const tag_id t : old_) {
    if (!std::binary_search(next_.begin(), next_.end(), t)) leave(page, t);
  }
  return true;
}

void dependency_index::erase(page_ref page) {
  if (page >= pages_.size()) return;
  old_.clear();
  each_tag_of(page, [this](tag_id t) { old_.push_back(t); });
  for (auto t = old_.rbegin(); t != old_.rend(); ++t) leave(page, *t);
  spilled_bytes_ -= spilled(pages_[page]);
  pages_[page] = edge_list();
}

std::optional<tag_id> dependency_index::find(tag_hash tag) const {
  const auto found = ids_.find(tag, [&](std::uint64_t id) { return tags_[id - 1].hash == tag; });
  if (found == 0) return std::nullopt;
  return static_cast<tag_id>(found - 1);
}

bool dependency_index::has_tag(page_ref page, tag_id tag) const {
  if (page >= pages_.size()) return false;
  const auto& edges = pages_[page];
  const auto at = std::lower_bound(edges.begin(), edges.end(), tag,
                                   [](const edge& e, tag_id t) { return e.tag < t; });
  return at != edges.end() && at->tag == tag;
}

tag_id dependency_index::make(tag_hash tag) {
  if (const auto known = find(tag)) return *known;
  tag_id id = 0;
  if (free_.empty()) {
    id = static_cast<tag_id>(tags_used_++);
    tags_.grow_to(id);
  } else {
    id = free_.back();
    free_.pop_back();
  }
  tags_[id].hash = tag;
  ids_.insert(tag, std::uint64_t{id} + 1, [this](std::uint64_t at) { return tags_[at - 1].hash; });
  return id;
}

dependency_index::edge_list::iterator dependency_index::place(edge_list& edges, tag_id tag) {
  return std::lower_bound(edges.begin(), edges.end(), tag,
                          [](const edge& e, tag_id t) { return e.tag < t; });
}

void dependency_index::join(page_ref page, tag_id tag) {
  auto& edges = pages_[page];
  auto& members = tags_[tag].members;
  const auto before = spilled(edges) + spilled(members);
  edges.insert(place(edges, tag), {tag, static_cast<std::uint32_t>(members.size())});
  members.push_back(page);
  spilled_bytes_ += spilled(edges) + spilled(members) - before;
}

void dependency_index::leave(page_ref page, tag_id tag) {
  auto& edges = pages_[page];
  const auto own = place(edges, tag);
  assert(own != edges.end() && own->tag == tag);
  const std::uint32_t standing = own->standing;
  edges.erase(own);
  auto& members = tags_[tag].members;
  if (const page_ref last = members.back(); last != page) {
    members[standing] = last;
    place(pages_[last], tag)->standing = standing;
  }
  members.pop_back();
  if (!members.empty()) return;
  ids_.erase(tags_[tag].hash, std::uint64_t{tag} + 1);
  spilled_bytes_ -= spilled(members);
  tags_[tag] = tag_row{};
  free_.push_back(tag);
}

std::size_t dependency_index::bytes() const {
  return spilled_bytes_ + tags_.bytes() + pages_.bytes() + ids_.bytes() +
         heap_bytes(free_.capacity() * sizeof(tag_id));
}

}  // namespace freshet
