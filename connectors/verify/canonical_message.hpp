#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// What of a fedmsg frame was signed, and by whom it says so.
///
/// Shape:    `bytes` is the frame's object as Python's json.dumps(sort_keys=True, separators=(',',
///           ':')) writes it, without the members `signature` and `certificate` of the outermost
///           object; numbers are the frame's own characters, never read and written again. `wrong`
///           is empty, or a literal that says why there are no bytes.
struct canonical_message {
  std::string bytes;
  std::optional<std::string> signature, certificate, topic;  // where they are texts
  std::string timestamp;                                     // a number, or empty
  std::string_view wrong;
};

/// Brings a received frame into the form that was signed.
///
/// Shape:    at most `canonical_depth_max` levels. Strict wherever two spellings of one byte's
///           difference would mean the same, so that no byte of a frame can be changed unnoticed:
///           between tokens there are spaces only, \u escapes are in lower case. A name that stands
///           twice in an object is refused: readers would not agree which one was signed.
/// Errors:   canonical_message::wrong: "json", "duplicate_name", "too_deep". Throws bad_alloc only.
/// Threads:  any.
/// Source:   WIRE.md 1; RFC 8259.
canonical_message canonical_of(std::string_view frame);

inline constexpr std::size_t canonical_depth_max = 64;

}  // namespace freshet
