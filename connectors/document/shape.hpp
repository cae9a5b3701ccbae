#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/config/shaping.hpp"
#include "core/result.hpp"

namespace freshet {

/// What is done to one answer, with the numbers of this request.
struct shape_request {
  std::shared_ptr<const config::shape_settings> how;
  std::optional<std::size_t> skip, limit;
  std::size_t bytes_max = 0;  // of the outcome
};

/// The outcome, and how many rows there were before and after `skip` and `limit` (0 for what has
/// no rows).
struct shaped_answer {
  std::string body;
  std::size_t all = 0;
  std::size_t shown = 0;
};

/// Shapes one answer, or joins the pages of one into an array and shapes that: `from`, `keep`,
/// `drop`, `rename`, `sort`, `skip`, `limit`.
///
/// Shape:    REQUIRES: each answer is valid JSON. Values are copied as their source spells them.
///           What is not an array is one row; rows that are no objects have no members to keep,
///           drop or rename and stay as they are. `keep` writes the members in its own order, so
///           that an upstream's order is no change. In order: nothing and null, false, true,
///           numbers, texts (by bytes), then arrays and objects, all alike; descending is the
///           reverse; rows that are alike keep their order. At most shaped_rows_max rows.
/// Errors:   malformed: nothing at `from`, or rows are asked for where there is no array;
///           out_of_range: rows or bytes beyond their bounds.
/// Threads:  any.
result<shaped_answer> shape_answer(const std::string& answer, const shape_request& how);
result<shaped_answer> join_answers(std::span<const std::string> pages, const shape_request& how);

inline constexpr std::size_t shaped_rows_max = 250'000;

}  // namespace freshet
