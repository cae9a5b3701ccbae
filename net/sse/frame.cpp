#include "net/sse/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace freshet::sse {
namespace {

constexpr std::array<std::string_view, 4> fixed_names{"reload", "delete", "resync", "bye"};

bool is_name(std::string_view event) {
  if (std::find(fixed_names.begin(), fixed_names.end(), event) != fixed_names.end()) return true;
  // A canonical path is printable ASCII: everything else is percent-encoded there.
  const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
  return event.starts_with('/') && std::all_of(event.begin(), event.end(), printable);
}

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).push_back('\n');
    if (end == std::string_view::npos) return;
    const bool crlf = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (crlf ? 2 : 1));
  }
}

}  // namespace

result<std::string> encode(const frame& f) {
  if (!is_name(f.event)) return fail(errc::malformed, "not the name of an event");
  if (f.data.find('\0') != std::string_view::npos) return fail(errc::malformed, "NUL in the data");
  std::string out;
  out.reserve(f.data.size() + f.event.size() + 64);
  if (f.id) out.append("id: ").append(format(*f.id)).push_back('\n');
  out.append("event: ").append(f.event).push_back('\n');
  append_data(out, f.data);
  out.push_back('\n');
  return out;
}

std::string encode_heartbeat(event_id told) {
  return fmt::format(": still here\nid: {}\n\n", format(told));
}

std::string encode_hello(std::int64_t retry_ms, std::optional<event_id> told) {
  auto out = fmt::format("retry: {}\n: freshet\n", retry_ms);
  if (told) out.append("id: ").append(format(*told)).push_back('\n');
  out.push_back('\n');
  return out;
}

}  // namespace freshet::sse
