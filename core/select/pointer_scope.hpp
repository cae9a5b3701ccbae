#pragma once

#include <simdjson.h>

#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "core/json/pointer.hpp"
#include "core/select/event.hpp"
#include "core/select/field_shape.hpp"

namespace freshet {

/// What pointers are resolved against: an event with perhaps an `each` element, or a plain
/// document.
///
/// Shape:    an event's pointers name its envelope first (`/bus /topic /id /time /headers /msg
///           /each`), then the message's other members; "" is the whole message where the bus has
///           one. An empty id and a step below a text name nothing. `/time` is RFC 3339 in UTC.
/// Lifetime: borrows everything; for one synchronous call.
class pointer_scope {
 public:
  /// `lasts` says whether the text lives as long as the pointer_scope's, or only during the call.
  using text_visitor = std::function<bool(std::string_view text, bool lasts)>;

  pointer_scope(const event& from, const simdjson::dom::element* each)
      : event_(&from), each_(each), source_(from.bytes) {}
  pointer_scope(simdjson::dom::element document, std::string_view source)
      : document_(document), source_(source) {}

  /// Each text at the pointer: strings, numbers as their source has them, booleans, and the same of
  /// an array's elements at any depth. Stops when `visit` returns false. Returns whether the
  /// pointer names anything (null and objects are something, without text).
  bool each_text(const json::pointer& at, const text_visitor& visit) const;
  /// Each name of the objects at the pointer. Returns as above.
  bool each_name(const json::pointer& at, const text_visitor& visit) const;
  /// What the pointer names, for who reads texts from it; of several the most usable.
  field_shape shape(const json::pointer& at) const;

 private:
  struct part {  // what the pointer's first step names: a text, or an element to walk on from
    std::string_view text{};
    bool lasts = true;
    std::optional<simdjson::dom::element> element{};
    std::size_t steps_used = 0;
  };
  using time_buffer = std::array<char, 40>;
  std::optional<part> first_part(const json::pointer& at, time_buffer& buffer) const;

  const event* event_ = nullptr;
  const simdjson::dom::element* each_ = nullptr;
  std::optional<simdjson::dom::element> document_;
  std::string_view source_;
};

}  // namespace freshet
