#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json/pointer.hpp"

namespace freshet::config {

/// How an answer that comes in pages is read to its end.
struct paging_settings {
  enum class way : std::uint8_t {
    numbered,  // param = first, first + 1, ..; `pages` says how many there are
    offset,    // param = first, first + step, ..; a page of fewer than `step` rows is the last
    link,      // the Link header's rel="next"
    pointer,   // what stands at `next` in the page
  };

  way how = way::numbered;
  std::string param;
  std::uint32_t first = 0;
  std::uint32_t step = 0;
  json::pointer pages;
  json::pointer next;
  std::uint32_t max = 20;  // pages; more are an error
};

/// A member of a row, or a pointer into it, by which rows are put in order.
struct sort_key {
  json::pointer at;
  bool descending = false;
};

/// What becomes of an answer before it goes into the page; in this order.
struct shape_settings {
  std::optional<json::pointer> from;
  std::vector<std::string> keep, drop;
  std::vector<std::pair<std::string, std::string>> rename;  // old, new
  std::vector<sort_key> sort;
  std::string skip, limit;  // rows: digits, or one placeholder; "" = none
  /// Where in the page the number of rows goes: before `skip` and `limit`, and after.
  std::optional<json::pointer> count_all, count_shown;

  bool any() const {
    return from || !keep.empty() || !drop.empty() || !rename.empty() || !sort.empty() ||
           !skip.empty() || !limit.empty() || count_all || count_shown;
  }
};

}  // namespace freshet::config
