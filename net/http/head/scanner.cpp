#include "net/http/head/scanner.hpp"

#include <array>
#include <cstring>

#include "net/http/head/characters.hpp"

namespace freshet::http {
namespace {

using view = std::string_view;
using field_slot = view request_head::*;

struct known_field {
  view name;  // lower case
  field_slot slot = nullptr;
};

// In the order in which they are likely. A null slot: read by nobody here, harmless, may repeat.
constexpr std::array known_fields{
    known_field{"host", &request_head::host},
    known_field{"accept", &request_head::accept},
    known_field{"accept-encoding", &request_head::accept_encoding},
    known_field{"if-none-match", &request_head::if_none_match},
    known_field{"user-agent"},
    known_field{"accept-language"},
    known_field{"referer"},
    known_field{"cookie"},
    known_field{"dnt"},
    known_field{"priority"},
    known_field{"pragma"},
    known_field{"cache-control"},
    known_field{"if-modified-since"},
    known_field{"sec-fetch-site"},
    known_field{"sec-fetch-mode"},
    known_field{"sec-fetch-dest"},
    known_field{"sec-fetch-user"},
    known_field{"sec-ch-ua"},
    known_field{"sec-ch-ua-mobile"},
    known_field{"sec-ch-ua-platform"},
    known_field{"upgrade-insecure-requests"},
    known_field{"x-real-ip"},
    known_field{"x-forwarded-proto"},
    known_field{"x-forwarded-host"},
    known_field{"via"},
    known_field{"forwarded"},
    known_field{"x-forwarded-for", &request_head::forwarded_for},
    known_field{"origin", &request_head::origin},
    known_field{"authorization", &request_head::authorization},
    known_field{"last-event-id", &request_head::last_event_id},
};

const known_field* find_known(view name) {
  const char first = lower(name.empty() ? '\0' : name.front());
  for (const auto& f : known_fields) {
    if (f.name.size() == name.size() && f.name.front() == first &&
        equals_ignoring_case(f.name, name)) {
      return &f;
    }
  }
  return nullptr;
}

/// letters, digits, dots and hyphens, then perhaps a port: narrower than the gate on purpose.
bool is_simple_host(view host) {
  std::size_t i = 0;
  const auto alnum = [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
  };
  while (i < host.size() && (alnum(host[i]) || host[i] == '.' || host[i] == '-')) ++i;
  if (i == 0 || i == host.size()) return i != 0;
  if (host[i] != ':' || host.size() - i > 6 || host.size() - i < 2) return false;
  for (++i; i < host.size(); ++i) {
    if (host[i] < '0' || host[i] > '9') return false;
  }
  return true;
}

bool take_field(view name, view value, request_head& out) {
  if (equals_ignoring_case(name, "connection")) {
    if (equals_ignoring_case(value, "close")) {
      out.keep_alive = false;
      return true;
    }
    return equals_ignoring_case(value, "keep-alive");
  }
  const auto* known = find_known(name);
  if (!known) return false;
  if (!known->slot) return true;
  // Empty is not_mine as well, so that "not empty" means "was there".
  if (value.empty() || !(out.*known->slot).empty()) return false;
  out.*known->slot = value;
  return true;
}

bool take_request_line(view line, const head_limits& limits, request_head& out) {
  constexpr view start = "GET /", end = " HTTP/1.1";
  if (!line.starts_with(start) || !line.ends_with(end)) return false;
  if (line.size() < start.size() + end.size()) return false;
  out.target = line.substr(4, line.size() - 4 - end.size());
  return out.target.size() <= limits.target && detail::all(out.target, detail::is_target);
}

}  // namespace

scanned scan(view buffer, std::size_t searched, const head_limits& limits, request_head& out) {
  const auto from = searched > 3 ? searched - 3 : 0;
  const auto end = buffer.find("\r\n\r\n", from);
  if (end == buffer.npos) return scanned::need_more;
  if (end + 4 > limits.head) return scanned::not_mine;
  out = {};
  out.bytes = end + 4;
  auto rest = buffer.substr(0, end + 2);
  const auto line_end = rest.find("\r\n");
  if (!take_request_line(rest.substr(0, line_end), limits, out)) return scanned::not_mine;
  rest.remove_prefix(line_end + 2);
  out.fields = rest;
  bool saw_connection = false;
  for (std::uint32_t count = 0; !rest.empty(); ++count) {
    if (count == limits.fields) return scanned::not_mine;
    const auto stop = rest.find("\r\n");
    const auto line = rest.substr(0, stop);
    rest.remove_prefix(stop + 2);
    const auto colon = line.find(':');
    if (colon == line.npos || line.size() > limits.line) return scanned::not_mine;
    const auto value = trim(line.substr(colon + 1));
    if (!detail::all(value, detail::is_plain_value)) return scanned::not_mine;
    if (lower(line.front()) == 'c' && colon == 10) {  // "Connection", twice: let the gate fold them
      if (saw_connection) return scanned::not_mine;
      saw_connection = true;
    }
    if (!take_field(line.substr(0, colon), value, out)) return scanned::not_mine;
  }
  return is_simple_host(out.host) ? scanned::taken : scanned::not_mine;
}

}  // namespace freshet::http
