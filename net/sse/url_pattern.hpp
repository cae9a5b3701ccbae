#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet::sse {

/// A pattern over paths: `:x` is one or more bytes without `/`, `*` any rest, the whole path is
/// meant.
///
/// Shape:  begins with `/` or `*`; at most 1024 bytes; no query, no fragment. A page's query is not
///         looked at: its variants match with it.
/// Errors: malformed, out_of_range.
/// Source: the path part of URLPattern, as Mercure 1.0's match_urlpattern uses it.
class url_pattern {
 public:
  static constexpr std::size_t bytes_max = 1024;

  static result<url_pattern> parse(std::string_view text);

  bool matches(std::string_view canonical_path) const;

  /// Is there a path that both match? For "no page can match this" when a page is written as a
  /// pattern.
  bool meets(const url_pattern& other) const;

  const std::string& text() const { return text_; }

 private:
  enum class kind : std::uint8_t { literal, in_segment, segment_loop, any_loop };
  struct step {
    kind what;
    char byte;
    bool takes(char c) const;
    bool loops() const { return what == kind::segment_loop || what == kind::any_loop; }
    bool overlaps(const step& other) const;
  };

  // A step has at least one byte of text, so this is enough; matching allocates nothing.
  using state_set = std::bitset<bytes_max + 1>;
  void advance(state_set& states) const;

  std::string text_;
  std::size_t prefix_ = 0;  // so many literal bytes come first
  std::vector<step> steps_;
  std::uint64_t loops_ = 0;  // bit i: the i-th step after the prefix is a loop; used up to 63 steps
};

}  // namespace freshet::sse
