#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::http {

/// ASCII only: names and tokens of HTTP have no other letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

enum class method : std::uint8_t { get, head, options, post };
std::string_view method_name(method m);

/// One request without its body.
///
/// Shape:    `target` is origin-form (or "*" for OPTIONS), visible ASCII; an absent field is "".
///           Host, If-None-Match, Authorization, Last-Event-ID, Origin and Content-Type stood at
///           most once, or the gate would have refused.
/// Lifetime: every view lies in the connection's read buffer: valid until the answer is complete,
///           never longer.
struct request_head {
  http::method method = method::get;
  bool http_11 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  std::uint64_t content_length = 0;  // only the admin listener lets one above 0 pass
  std::string_view target;
  std::string_view host;
  std::string_view if_none_match;
  std::string_view accept;
  std::string_view accept_encoding;
  std::string_view authorization;
  std::string_view last_event_id;
  std::string_view origin;
  std::string_view content_type;
  std::string_view forwarded_for;  // the last X-Forwarded-For line: what the nearest proxy wrote
  std::string_view fields;         // all field lines, each with its CRLF
  std::string_view body;           // admin only: complete when the head is handed over
  std::size_t bytes = 0;           // of the whole head with its empty line

  /// The value of a field that stands exactly once, without regard to case; else nothing: a second
  /// line is somebody's attempt to be read differently by two programs.
  std::optional<std::string_view> single(std::string_view name) const;

  /// The same head, when its bytes were moved from `before` to `now`.
  request_head moved(std::string_view before, const char* now) const;

  bool operator==(const request_head&) const = default;
};

/// What a head may cost.
struct head_limits {
  std::size_t target = 8 * 1024;
  std::size_t line = 8 * 1024;
  std::size_t head = 16 * 1024;
  std::uint32_t fields = 64;
};

}  // namespace freshet::http
