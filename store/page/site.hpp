#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/page/page_class.hpp"
#include "store/page/page_key.hpp"
#include "store/page/page_trie.hpp"

namespace freshet {

/// What a request target means. Kept by a session and used again: its strings keep their memory.
struct page_match {
  enum class outcome : std::uint8_t {
    found,    // key and canonical hold
    unknown,  // 404
    invalid,  // 400; detail says why, without repeating what was sent
  };

  outcome what = outcome::unknown;
  page_key key;
  std::string canonical;
  std::string detail;
  std::vector<std::string> scratch;  // decoded segments and query values
};

/// All pages of a configuration, and the way from a target to a page key.
///
/// Shape:    find() costs the length of the target; more literal bytes win, leftmost first. What is
///           found is stable: find(canonical(k)) yields k.
/// Errors:   compile appends what is wrong, each with its location; the site then is empty.
/// Lifetime: immutable; any thread may read.
/// Source:   RFC 3986 6.2.2; one decode only, so that no layer behind reads another path.
class site {
 public:
  static site compile(const std::vector<config::page_settings>& pages,
                      std::vector<config::diagnostic>& problems);

  /// `target`: origin-form, `/path?query`.
  void find(std::string_view target, page_match& out) const;
  page_match find(std::string_view target) const;

  /// REQUIRES: an id of this site.
  const page_class& page(class_id id) const { return pages_[id]; }
  const std::vector<page_class>& pages() const { return pages_; }
  const page_class* named(std::string_view name) const;
  std::string canonical(const page_key& key) const { return page(key.page).canonical(key); }

  /// The patterns most like this target, the best first, for the text of a 404.
  std::vector<std::string_view> nearest(std::string_view target, std::size_t count = 3) const;

 private:
  static bool split_path(std::string_view path, page_match& out, std::size_t& count);
  bool take_query(const page_class& page, std::string_view query, page_match& out) const;

  std::vector<page_class> pages_;
  std::shared_ptr<const page_trie> paths_ = std::make_shared<page_trie>();
};

}  // namespace freshet
