#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/pointer.hpp"
#include "core/select/event.hpp"

namespace freshet {

/// `floor` of a rule: what a page must show before it counts as refreshed for an event, because the
/// event may come before the data (CONTRACT.md 3.3).
///
/// Shape:    one of two forms. `has` is not empty: one element of the array at `at` (or what stands
///           there itself) has at each first pointer the event's value at the second. Else the
///           page's value at `page` has reached the event's at `event`.
/// Lifetime: a value; immutable after parsing.
struct floor_rule {
  json::pointer at;
  std::vector<std::pair<json::pointer, json::pointer>> has;
  json::pointer event, page;

  bool compares() const { return has.empty(); }
};

/// What one event asks of the page.
///
/// Shape:    `has` is met by the same text, `page` by an equal or larger number or the same text. A
///           `*` in a pointer stands for any element. Text of a number is its source's.
/// Lifetime: a value; shared by all pages that the event marks.
/// Threads:  immutable, so any thread may ask.
class page_floor {
 public:
  static constexpr std::size_t value_bytes_max = 256;

  /// Null when the event has not all the values: then there is nothing to wait for.
  static std::shared_ptr<const page_floor> of_event(std::shared_ptr<const floor_rule> rule,
                                                    const struct event& from,
                                                    const simdjson::dom::element* each);
  /// REQUIRES: one value for each pair of `has`, or the one number.
  page_floor(std::shared_ptr<const floor_rule> rule, std::vector<std::string> values);

  /// `source`: the text that the document was parsed from.
  bool shown_by(simdjson::dom::element document, std::string_view source) const;
  /// Whether this stays what a page waits for though `newer` came: the same number of the page, and
  /// it is the larger one.
  bool outranks(const page_floor& newer) const;
  /// For people: `/builds has build_id=42`, `/seq >= 17`.
  std::string text() const;
  /// For another run: a JSON array of strings, the pointers into the page and the values.
  std::string saved() const;
  /// Null when the text is none of saved().
  static std::shared_ptr<const page_floor> of_saved(std::string_view text);

 private:
  bool element_shows(simdjson::dom::element element, std::string_view source) const;

  std::shared_ptr<const floor_rule> rule_;
  std::vector<std::string> values_;
};
using floor_ptr = std::shared_ptr<const page_floor>;

}  // namespace freshet
