#pragma once

#include <simdjson.h>

#include <bit>
#include <type_traits>

/// Two questions that simdjson 3 answers only to its friends. Elements and objects are a tape_ref
/// and nothing else (asserted here), so a bit_cast answers them without undefined behaviour.
namespace freshet::json {

static_assert(sizeof(simdjson::dom::element) == sizeof(simdjson::internal::tape_ref) &&
              sizeof(simdjson::dom::object) == sizeof(simdjson::internal::tape_ref) &&
              std::is_trivially_copyable_v<simdjson::dom::element> &&
              std::is_trivially_copyable_v<simdjson::dom::object> &&
              std::is_trivially_copyable_v<simdjson::internal::tape_ref>);

/// Where an element stands.
inline simdjson::internal::tape_ref place_of(simdjson::dom::element element) {
  return std::bit_cast<simdjson::internal::tape_ref>(element);
}

/// An object as the element that it was.
inline simdjson::dom::element element_of(simdjson::dom::object object) {
  return std::bit_cast<simdjson::dom::element>(object);
}

}  // namespace freshet::json
