#include "net/api/public/fragment.hpp"

#include <fmt/format.h>

namespace freshet::api {
namespace {

constexpr std::size_t cause_bytes_max = 128;
constexpr std::string_view start = "Freshness: state=";
constexpr std::string_view hit_end = "\r\nCache-Status: freshet; hit\r\n\r\n";

std::string_view text_of(freshness_state state) {
  switch (state) {
    case freshness_state::fresh:
      return "fresh";
    case freshness_state::stale:
      return "stale";
    case freshness_state::unverified:
      return "unverified";
    case freshness_state::parked:
      return "parked";
  }
  return "stale";
}

/// An RFC 9651 string without a need for escapes: what is not plain becomes %XX, and a text that is
/// too long ends before the byte that does not fit.
void append_quoted(std::string& out, std::string_view text, std::size_t bytes_max) {
  out += '"';
  const auto first = out.size();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
    if (out.size() - first + (plain ? 1u : 3u) > bytes_max) break;
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned>(byte));
    }
  }
  out += '"';
}

void append_parts(std::string& out, const freshness& f, std::span<const std::string> names) {
  if (f.parts.size() < 2) return;
  const char* before = ", parts=(";
  for (std::size_t i = 0; i < f.parts.size() && i < names.size(); ++i) {
    if (f.parts[i].state == freshness_state::fresh) continue;
    out += before;
    append_quoted(out, names[i], cause_bytes_max);
    out.append(";state=").append(text_of(f.parts[i].state));
    before = " ";
  }
  if (*before == ' ') out += ')';
}

}  // namespace

std::string fragment(const freshness& f, std::span<const std::string> parts) {
  std::string out(text_of(f.state));
  fmt::format_to(std::back_inserter(out), ", version={}", f.version);
  if (f.verified != wall_time{}) {
    const auto since_epoch = f.verified.time_since_epoch();
    fmt::format_to(std::back_inserter(out), ", verified=@{}",
                   std::chrono::floor<std::chrono::seconds>(since_epoch).count());
  }
  if (f.from && !f.from->event_id.empty()) {
    out += ", cause=";
    append_quoted(out, f.from->event_id, cause_bytes_max);
  }
  if (f.floor_unmet) out += ", floor_unmet";
  append_parts(out, f, parts);
  return out;
}

std::array<std::string_view, 3> hit_lines(std::string_view fragment) {
  return {start, fragment, hit_end};
}

std::string last_lines(const freshness& f, std::string_view status,
                       std::span<const std::string> parts) {
  return fmt::format("{}{}\r\nCache-Status: freshet; {}\r\n\r\n", start, fragment(f, parts),
                     status);
}

freshness_state state_in(std::string_view fragment) {
  switch (fragment.empty() ? 'f' : fragment.front()) {  // no two states begin alike
    case 's':
      return freshness_state::stale;
    case 'u':
      return freshness_state::unverified;
    case 'p':
      return freshness_state::parked;
    default:
      return freshness_state::fresh;
  }
}

}  // namespace freshet::api
