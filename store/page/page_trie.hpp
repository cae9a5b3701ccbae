#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/entry.hpp"
#include "store/page/page_pattern.hpp"

namespace freshet {

/// The paths of all pages in one tree of segments, so that finding costs the depth of the target
/// and not the number of pages.
///
/// Shape:    the leftmost segment decides first, and in it more literal bytes, then a longer
///           prefix. A step looks up one literal and one pair of literals for each distinct pair of
///           literal lengths among its siblings.
/// Lifetime: immutable after the last insert; then any thread may read.
class page_trie {
 public:
  page_trie();
  ~page_trie();
  page_trie(page_trie&&) noexcept;
  page_trie& operator=(page_trie&&) noexcept;

  /// The page that already has this shape, or nothing when `page` took it.
  std::optional<class_id> insert(const std::vector<segment_pattern>& path, class_id page);
  /// `segments`: decoded.
  std::optional<class_id> find(std::span<const std::string> segments) const;

 private:
  struct node;
  static std::optional<class_id> find_in(const node& at, std::span<const std::string> segments);

  std::unique_ptr<node> root_;
};

}  // namespace freshet
