#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/entry.hpp"
#include "store/memory/chunked.hpp"
#include "store/memory/hash_directory.hpp"

namespace freshet {

/// Which dimensions of a class a rule binds: bit n = the n-th parameter, then the `shows`.
using dimension_mask = std::uint64_t;
using tag_hash = std::uint64_t;
/// A tag that has members; reused after its last member left.
using tag_id = std::uint32_t;

/// The values of one page: one per parameter, any number per `shows`.
struct page_values {
  std::span<const std::string_view> parameters;
  std::span<const std::vector<std::string>> shows;  // empty: nothing learned yet
};

/// From what an event talks about to the pages that depend on it.
///
/// A tag is (class, bound dimensions, their values). For each set of dimensions that some rule
/// binds (a shape), a page is a member of the tag with its own values; no dimension bound = all
/// pages of the class. So an event that binds a part of the parameters finds all known instances in
/// one lookup.
///
/// Shape:    at most 64 dimensions a class; at most `tags_max` tags a page, or insert says false
///           and the page has none of the tags beyond (the caller reports it). Tags are kept by a
///           64-bit hash: two that collide cost a needless refresh, never a missed one.
/// Lifetime: members() is valid until the next insert, learn or erase.
/// Threads:  home loop only.
class dependency_index {
 public:
  static constexpr std::size_t tags_max = 10'000;

  /// REQUIRES: classes in order; shapes before the first page of the class.
  void add_class(class_id of, unsigned parameters, unsigned shows);
  void add_shape(class_id of, dimension_mask bound);

  /// Adds the page, or replaces what was learned about it. Only the difference is touched.
  bool put(page_ref page, class_id of, const page_values& values);
  void erase(page_ref page);

  /// `values` in the order of the bits of `bound`, lowest first.
  static tag_hash hash(class_id of, dimension_mask bound, std::span<const std::string_view> values);
  std::optional<tag_id> find(tag_hash tag) const;
  std::span<const page_ref> members(tag_id tag) const { return tags_[tag].members; }
  tag_hash hash_of(tag_id tag) const { return tags_[tag].hash; }
  /// Calls `f(tag_id)` for each tag of one page, ascending.
  template <class F>
  void each_tag_of(page_ref page, F&& f) const {
    if (page >= pages_.size()) return;
    for (const auto& [tag, standing] : pages_[page]) f(tag);
  }
  bool has_tag(page_ref page, tag_id tag) const;

  std::size_t tags() const { return ids_.size(); }
  std::size_t bytes() const;

 private:
  /// Most tags that a rule binds whole mean one page, and most pages have two tags: theirs and
  /// their class's.
  using member_list = absl::InlinedVector<page_ref, 2>;
  struct edge {
    tag_id tag;
    std::uint32_t standing;  // where the page stands among the tag's members
  };
  using edge_list = absl::InlinedVector<edge, 2>;  // ascending by tag

  struct tag_row {
    tag_hash hash = 0;
    member_list members;
  };
  struct class_row {
    unsigned parameters = 0;
    unsigned shows = 0;
    std::vector<dimension_mask> shapes;
  };

  bool hashes_of(class_id of, const page_values& values, std::vector<tag_hash>& into);
  bool shown_hashes_of(class_id of, dimension_mask bound, const page_values& values,
                       std::vector<tag_hash>& into) const;
  tag_id make(tag_hash tag);
  void join(page_ref page, tag_id tag);
  void leave(page_ref page, tag_id tag);
  static edge_list::iterator place(edge_list& edges, tag_id tag);

  std::vector<class_row> classes_;
  chunked<edge_list> pages_;
  chunked<tag_row> tags_;
  std::size_t tags_used_ = 0;  // rows of tags_ that ever had a tag
  std::vector<tag_id> free_;
  hash_directory ids_;  // tag_id + 1
  std::size_t spilled_bytes_ = 0;
  std::vector<tag_hash> wanted_;       // scratch of put()
  std::vector<tag_id> next_, old_;     // scratch of put() and erase()
  std::vector<std::string_view> own_;  // scratch of hashes_of()
};

}  // namespace freshet
