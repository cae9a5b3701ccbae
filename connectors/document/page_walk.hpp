#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "connectors/upstream/upstream.hpp"
#include "core/config/shaping.hpp"
#include "core/result.hpp"

namespace freshet {

/// What one page says of the others.
struct answer_page_facts {
  std::size_t rows = 0;
  std::optional<std::string> pages;  // what stands at `pages`, as its source spells it
  std::optional<std::string> next;   // a reference to the next page
  std::string at;                    // where this page was found
  std::size_t bytes = 0;
};

/// Walks from the first page of an answer to the last. Pure: it is told what each page says.
///
/// Shape:    at most `max` pages of `bytes_max` bytes altogether; a reference that was followed
///           before ends the walk with an error, and so does everything that would leave rows out.
/// Errors:   out_of_range: pages or bytes beyond their bounds; malformed: what a page says makes no
///           sense.
class page_walk {
 public:
  page_walk(const config::paging_settings& how, std::size_t bytes_max)
      : how_(how), bytes_max_(bytes_max) {}

  /// The request for the first page, made from that for the whole.
  upstream_request first(upstream_request whole);
  /// The request for the page behind the one that says this; nothing when it is the last.
  result<std::optional<upstream_request>> after(const answer_page_facts& page);
  std::size_t read() const { return read_; }
  std::size_t bytes_left() const { return bytes_max_ - bytes_; }

 private:
  upstream_request numbered(std::uint64_t number) const;
  result<bool> more_numbered(const answer_page_facts& page) const;
  result<bool> more_rows(const answer_page_facts& page) const;

  const config::paging_settings& how_;
  std::size_t bytes_max_;
  upstream_request whole_;
  std::size_t read_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_set<std::string> followed_;
};

}  // namespace freshet
