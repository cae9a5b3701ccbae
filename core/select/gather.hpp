#pragma once

#include <simdjson.h>

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/pointer.hpp"
#include "core/select/event.hpp"

namespace freshet {

/// The texts that a pointer yielded, for condition::holds(). Cleared and filled again, it allocates
/// nothing once it is warm.
///
/// Lifetime: views borrow from the document, from its source, or from this list.
class text_list {
 public:
  text_list() = default;
  text_list(const text_list&) = delete;
  text_list& operator=(const text_list&) = delete;

  const std::vector<std::string_view>& views() const { return views_; }
  void clear();
  void borrow(std::string_view text) { views_.push_back(text); }  // outlives the next clear()
  void copy(std::string_view text);

 private:
  std::vector<std::string_view> views_;
  std::deque<std::array<char, 40>>
      copies_;  // numbers and times; a deque does not move its elements
  std::size_t used_ = 0;
  std::deque<std::string> longer_;  // a number that its source spells with more digits than needed
};

/// At most this many texts come from one pointer.
inline constexpr std::size_t texts_max = 10'000;

/// Clears `texts` and fills it with what the pointer names: strings (empty ones too), numbers as
/// their source has them, booleans, and the same of an array's elements at any depth; null and
/// objects have no text. Returns whether the pointer names anything at all. `each` is the element
/// that
/// `/each/...` names (may be null). Texts beyond texts_max are left out.
bool gather(const json::pointer& at, const event& from, const simdjson::dom::element* each,
            text_list& texts);
/// The same over a plain document, such as an upstream's answer. `source` is the text that it was
/// parsed from; without it doubles are written in their shortest form.
bool gather(const json::pointer& at, simdjson::dom::element document, text_list& texts,
            std::string_view source = {});

}  // namespace freshet
