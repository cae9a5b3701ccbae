#pragma once

#include <optional>
#include <variant>

#include "net/http/head/request_head.hpp"

namespace freshet::http {

/// Why a head is not served. The connection is closed after it and nothing more is interpreted.
struct refusal {
  std::uint16_t status = 400;
  std::string_view reason;  // a literal, for the problem document and the log
  bool allow = false;       // 405: the answer carries Allow

  bool operator==(const refusal&) const = default;
};

/// The judge of every head that the scanner does not take.
///
/// Shape:    our own strict rules over the raw bytes, then Boost.Beast's parser as a second
///           opinion: both must accept and agree. Public: GET, HEAD, OPTIONS, no body at all. Admin
///           and posts: POST too, and one Content-Length up to `body`.
/// Errors:   a refusal with the status to send; never throws but bad_alloc.
/// Lifetime: the accepted head points into the buffer.
/// Source:   Beast 1.81 alone accepts no or two Host fields, obs-fold, unknown transfer codings
///           beside Content-Length and unbounded chunk extensions (RFC 9112 forbids each).
class gate {
 public:
  enum class mode : std::uint8_t { open_to_all, admin, posts };

  explicit gate(head_limits limits, mode m = mode::open_to_all, std::size_t body = 1u << 20)
      : limits_(limits), mode_(m), body_(body) {}

  /// `buffer` starts with a complete head.
  std::variant<request_head, refusal> judge(std::string_view buffer) const;

  /// A head still growing: refuses as soon as no continuation could be accepted, so that a sender
  /// of bare line feeds gets its 400 instead of a time-out. `searched`: bytes judged before.
  std::optional<refusal> judge_partial(std::string_view buffer, std::size_t searched) const;

  /// Length of the head at the start of `buffer`, with its empty line; 0 = not complete yet.
  static std::size_t complete(std::string_view buffer, std::size_t searched);

  const head_limits& limits() const { return limits_; }
  std::string_view allowed() const {
    if (mode_ == mode::posts) return "OPTIONS, POST";
    return mode_ == mode::admin ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS";
  }

 private:
  head_limits limits_;
  mode mode_;
  std::size_t body_;
};

}  // namespace freshet::http
