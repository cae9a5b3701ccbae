#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// One page of a history API's answer, cut into its messages: datagrepper's `/raw`
/// (`raw_messages`), and its `/v2/search` (`raw_messages` or `messages`, of another shape inside).
///
/// Shape:    the messages are not looked into: each is read by the bus's decoder, so one that is
///           broken inside costs nothing but itself. `rows` counts what stood in the array, things
///           that are no objects among it. `pages` is a claim, absent when there is none.
/// Errors:   malformed: not JSON, or no array of messages; the detail has the API's own `error`.
/// Lifetime: owns its text; the messages borrow from it.
/// Threads:  any, one at a time.
class history_page {
 public:
  static result<history_page> parse(std::string text);

  const std::vector<std::string_view>& messages() const { return messages_; }
  std::size_t rows() const { return rows_; }
  std::optional<std::uint64_t> pages() const { return pages_; }
  /// Of the text's messages: two pages with equal marks hold the same.
  std::uint64_t mark() const { return mark_; }

 private:
  history_page() = default;

  std::unique_ptr<std::string> text_;  // does not move with the page
  std::vector<std::string_view> messages_;
  std::size_t rows_ = 0;
  std::optional<std::uint64_t> pages_;
  std::uint64_t mark_ = 0;
};

}  // namespace freshet
