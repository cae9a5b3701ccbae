#include "connectors/document/row_order.hpp"

#include <algorithm>
#include <charconv>
#include <compare>
#include <cstdint>
#include <string>

#include "core/json/slices.hpp"

namespace freshet {
namespace {

/// What a row is put in order by. A long double holds every integer of 64 bits and every double.
struct sort_value {
  enum class rank : std::uint8_t { nothing, no, yes, number, text, other };
  rank is = rank::nothing;
  long double number = 0;
  std::string text;

  std::weak_ordering operator<=>(const sort_value& b) const {
    if (is != b.is) return is <=> b.is;
    if (is == rank::number)
      return number < b.number   ? std::weak_ordering::less
             : number > b.number ? std::weak_ordering::greater
                                 : std::weak_ordering::equivalent;
    if (is == rank::text) return text.compare(b.text) <=> 0;  // by bytes
    return std::weak_ordering::equivalent;
  }
};

template <class T>
bool read_whole(std::string_view token, T& into) {
  const auto* end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, into);
  return read.ec == std::errc{} && read.ptr == end;
}

long double number_of(std::string_view token) {
  std::int64_t whole = 0;
  if (read_whole(token, whole)) return static_cast<long double>(whole);
  std::uint64_t large = 0;
  if (read_whole(token, large)) return static_cast<long double>(large);
  double real = 0;
  return read_whole(token, real) ? static_cast<long double>(real) : 0.0L;  // 1e-400 is 0
}

sort_value value_of(std::string_view row, const config::sort_key& key) {
  using rank = sort_value::rank;
  const auto slice = json::slice_at(row, key.at);
  if (slice.empty()) return {};
  switch (json::kind_of(slice)) {
    case json::value_kind::null:
      return {};
    case json::value_kind::boolean:
      return {slice == "true" ? rank::yes : rank::no, 0, {}};
    case json::value_kind::number:
      return {rank::number, number_of(slice), {}};
    case json::value_kind::string:
      return {rank::text, 0, json::text_of(slice)};
    default:
      return {rank::other, 0, {}};
  }
}

}  // namespace

void sort_rows(std::vector<std::string_view>& rows, const std::vector<config::sort_key>& keys) {
  struct placed {
    std::string_view row;
    std::size_t place;  // std::stable_sort is deprecated inside libstdc++ 12
    std::vector<sort_value> by;
  };
  std::vector<placed> all;
  all.reserve(rows.size());
  for (const auto& row : rows) {
    auto& made = all.emplace_back(placed{row, all.size(), {}});
    made.by.reserve(keys.size());
    for (const auto& key : keys) made.by.push_back(value_of(row, key));
  }
  std::sort(all.begin(), all.end(), [&](const placed& a, const placed& b) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto order = a.by[i] <=> b.by[i];
      if (order != 0) return keys[i].descending ? order > 0 : order < 0;
    }
    return a.place < b.place;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = all[i].row;
}

}  // namespace freshet
