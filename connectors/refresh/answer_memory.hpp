#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "store/entry.hpp"

namespace freshet {

/// What an upstream said about one answer, so that it can be asked whether that still holds.
struct answer_validator {
  std::string target;  // method and target, as asked for
  std::string etag;
  std::string modified;  // Last-Modified, where there is no ETag
};

/// The validators of the answers that pages are made of.
///
/// Shape:    of at most `most` pages, `each_max` of each, oldest out; those of one page count only
///           while its content is the one they were kept with.
/// Threads:  home loop only.
/// Source:   RFC 9110 8.8 and 13.
class answer_memory {
 public:
  static constexpr std::size_t each_max = 8;
  using etag = std::array<char, 32>;  // of the page's content

  explicit answer_memory(std::size_t most = 50'000) : most_(most) {}

  /// Null when there is none for what the page shows now.
  const answer_validator* find(page_ref page, const etag& shows, std::string_view target) const;
  /// The page shows `now`, and `answers` are new in it. Those that it was made of when it showed
  /// `before` stay, unless their answer is among them.
  void keep(page_ref page, const etag& before, const etag& now,
            std::vector<answer_validator> answers);
  std::size_t size() const { return pages_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct page_answers {
    etag shows{};
    std::vector<answer_validator> answers;
  };
  static std::size_t bytes_of(const page_answers& of);

  std::size_t most_;
  std::size_t bytes_ = 0;
  std::deque<page_ref> order_;
  absl::flat_hash_map<page_ref, page_answers> pages_;
};

}  // namespace freshet
