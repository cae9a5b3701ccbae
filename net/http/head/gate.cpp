#include "net/http/head/gate.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>
#include <utility>

#include "net/http/head/characters.hpp"

namespace freshet::http {
namespace {

using view = std::string_view;
using verdict = std::optional<refusal>;

refusal bad(view reason) { return {400, reason, false}; }

constexpr std::array known_methods{
    view("POST"),  view("PUT"),      view("DELETE"),    view("PATCH"),  view("CONNECT"),
    view("TRACE"), view("PROPFIND"), view("PROPPATCH"), view("MKCOL"),  view("COPY"),
    view("MOVE"),  view("LOCK"),     view("UNLOCK"),    view("SEARCH"), view("PURGE"),
    view("QUERY"), view("REPORT"),   view("LINK"),      view("UNLINK")};

/// What the lines say, before it is decided whether that is served.
struct reading {
  request_head head;
  view method;
  view raw_target;
  view content_length;
  std::uint32_t fields = 0;
  bool has_host = false, has_length = false, has_coding = false, has_expect = false;
  bool close = false, keep_alive = false;
};

verdict read_version(view text, reading& r) {
  if (text == "HTTP/1.1") return {};
  if (text == "HTTP/1.0") {
    r.head.http_11 = false;
    return {};
  }
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() == 8 && text.starts_with("HTTP/") && digit(text[5]) && text[6] == '.' &&
      digit(text[7])) {
    return refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  }
  return bad("the request line does not end in a version");
}

verdict read_request_line(view line, const head_limits& limits, reading& r) {
  const auto first = line.find(' ');
  if (first == line.npos) return bad("the request line has no target");
  r.method = line.substr(0, first);
  if (r.method.empty() || !detail::all(r.method, detail::is_token)) {
    return bad("the method is not a token");
  }
  const auto second = line.find(' ', first + 1);
  if (second == line.npos) {
    if (line.size() - first - 1 > limits.target) return refusal{414, "the target is too long"};
    return bad("the request line has no version");
  }
  r.raw_target = line.substr(first + 1, second - first - 1);
  if (r.raw_target.size() > limits.target) return refusal{414, "the target is too long"};
  if (r.raw_target.empty() || !detail::all(r.raw_target, detail::is_target)) {
    return bad("the target is not visible ASCII");
  }
  return read_version(line.substr(second + 1), r);
}

bool is_port(view text) {
  if (text.size() > 5) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

/// host[:port] with a name, an IPv4 address or a bracketed IPv6 address.
bool is_host(view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos || close < 3) return false;
    for (const char c : text.substr(1, close - 1)) {
      const char l = lower(c);
      if (!((l >= '0' && l <= '9') || (l >= 'a' && l <= 'f') || c == ':' || c == '.')) return false;
    }
    const auto rest = text.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (name.empty() || !detail::all(name, detail::is_host)) return false;
  return colon == text.npos || is_port(text.substr(colon + 1));
}

void read_connection(view value, reading& r) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto token = trim(value.substr(0, comma));
    if (equals_ignoring_case(token, "close")) r.close = true;
    if (equals_ignoring_case(token, "keep-alive")) r.keep_alive = true;
    value = comma == value.npos ? view() : value.substr(comma + 1);
  }
}

/// A proxy that maps `_` to `-` would frame the message differently from us.
bool disguises_framing(view name) {
  if (name.find('_') == name.npos) return false;
  std::string plain(name);
  for (char& c : plain) c = c == '_' ? '-' : c;
  return equals_ignoring_case(plain, "content-length") ||
         equals_ignoring_case(plain, "transfer-encoding") || equals_ignoring_case(plain, "host") ||
         equals_ignoring_case(plain, "connection");
}

struct once {
  view name;
  view request_head::* slot;
};
constexpr std::array singular_fields{once{"if-none-match", &request_head::if_none_match},
                                     once{"authorization", &request_head::authorization},
                                     once{"last-event-id", &request_head::last_event_id},
                                     once{"origin", &request_head::origin},
                                     once{"content-type", &request_head::content_type}};

verdict read_framing(view name, view value, reading& r, bool& mine) {
  const auto is = [&](view other) { return equals_ignoring_case(name, other); };
  mine = true;
  if (is("host")) {
    if (std::exchange(r.has_host, true)) return bad("two Host fields");
    if (!is_host(value)) return bad("Host is not host[:port]");
    r.head.host = value;
  } else if (is("content-length")) {
    if (std::exchange(r.has_length, true)) return bad("two Content-Length fields");
    r.content_length = value;
  } else if (is("transfer-encoding")) {
    r.has_coding = true;
  } else if (is("connection")) {
    read_connection(value, r);
  } else if (is("expect")) {
    r.has_expect = true;
    r.head.expects_continue = equals_ignoring_case(value, "100-continue");
  } else {
    mine = false;
  }
  return {};
}

verdict read_field(view line, reading& r) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a field line is folded");
  const auto colon = line.find(':');
  if (colon == line.npos) return bad("a field line has no colon");
  const auto name = line.substr(0, colon);
  if (name.empty() || !detail::all(name, detail::is_token)) {
    return bad("a field name is not a token");
  }
  if (disguises_framing(name)) return bad("a field name disguises a framing field");
  const auto value = trim(line.substr(colon + 1));
  if (!detail::all(value, detail::is_value)) return bad("a field value has a control character");
  bool mine = false;
  if (auto no = read_framing(name, value, r, mine); no || mine) return no;
  for (const auto& f : singular_fields) {
    if (!equals_ignoring_case(name, f.name)) continue;
    // A null data pointer means absent: an empty value counts as a first one.
    if ((r.head.*f.slot).data()) return bad("a field that must be single is repeated");
    r.head.*f.slot = value;
    return {};
  }
  if (equals_ignoring_case(name, "accept-encoding") && r.head.accept_encoding.empty()) {
    r.head.accept_encoding = value;
  } else if (equals_ignoring_case(name, "accept") && r.head.accept.empty()) {
    r.head.accept = value;
  } else if (equals_ignoring_case(name, "x-forwarded-for")) {
    r.head.forwarded_for = value;
  }
  return {};
}

verdict read_fields(view rest, const head_limits& limits, reading& r) {
  r.head.fields = rest;
  while (!rest.empty()) {
    const auto stop = rest.find("\r\n");
    const auto line = rest.substr(0, stop);
    rest.remove_prefix(stop + 2);
    if (++r.fields > limits.fields) return refusal{431, "too many fields"};
    if (line.size() > limits.line) return refusal{431, "a field line is too long"};
    if (auto no = read_field(line, r)) return no;
  }
  if (!r.has_host && r.head.http_11) return bad("no Host field");
  return {};
}

/// Origin-form, "*" with OPTIONS, or absolute-form that names the same host.
verdict read_target(reading& r) {
  auto& h = r.head;
  h.target = r.raw_target;
  if (h.target.front() == '/') return {};
  if (h.target == "*" && h.method == method::options) return {};
  constexpr view scheme = "http://";
  if (!equals_ignoring_case(h.target.substr(0, scheme.size()), scheme)) {
    return bad("the target is not a path");
  }
  const auto rest = h.target.substr(scheme.size());
  const auto slash = rest.find('/');
  if (!r.has_host || !equals_ignoring_case(rest.substr(0, slash), h.host)) {
    return bad("the target names another host than Host");
  }
  h.target = slash == rest.npos ? view("/") : rest.substr(slash);
  return {};
}

verdict read_length(reading& r) {
  if (!r.has_length) return {};
  const auto text = r.content_length;
  if (text.empty() || text.size() > 18) return bad("Content-Length is not a number");
  for (const char c : text) {
    if (c < '0' || c > '9') return bad("Content-Length is not a number");
    r.head.content_length = r.head.content_length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return {};
}

verdict read_method(reading& r, bool admin) {
  for (const auto m : {method::get, method::head, method::options}) {
    if (r.method == method_name(m)) {
      r.head.method = m;
      return {};
    }
  }
  if (admin && r.method == "POST") {
    r.head.method = method::post;
    return {};
  }
  for (const auto known : known_methods) {
    if (r.method == known) return refusal{405, "this method is not allowed here", true};
  }
  return refusal{501, "this method is not known"};
}

/// Beast must accept the same bytes and read the same method, target and number of fields.
verdict ask_beast(view bytes, const reading& r, const head_limits& limits) {
  namespace beast = boost::beast;
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head + 1));
  parser.body_limit(boost::none);
  boost::system::error_code ec;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  if (ec || !parser.is_header_done()) return bad("the head is malformed");
  const auto& message = parser.get();
  std::uint32_t fields = 0;
  for (auto it = message.begin(); it != message.end(); ++it) ++fields;
  const auto same = [](boost::beast::string_view a, view b) {
    return view(a.data(), a.size()) == b;
  };
  if (fields != r.fields || !same(message.method_string(), r.method) ||
      !same(message.target(), r.raw_target)) {
    return bad("the head is ambiguous");
  }
  return {};
}

/// RFC 9112 2.2: one empty line before a request is forgiven.
std::size_t leading_line(view buffer) { return buffer.starts_with("\r\n") ? 2 : 0; }

verdict read_line_ends(view buffer, std::size_t from) {
  for (std::size_t i = from; i < buffer.size(); ++i) {
    const char c = buffer[i];
    if (c == '\n' && (i == 0 || buffer[i - 1] != '\r')) return bad("a bare line feed");
    if (c == '\r' && i + 1 < buffer.size() && buffer[i + 1] != '\n') {
      return bad("a bare carriage return");
    }
    if (c == '\0') return bad("a NUL byte");
  }
  return {};
}

}  // namespace

std::size_t gate::complete(view buffer, std::size_t searched) {
  const auto skip = leading_line(buffer);
  const auto from = std::max(skip, searched > 3 ? searched - 3 : 0);
  const auto end = buffer.find("\r\n\r\n", from);
  return end == buffer.npos ? 0 : end + 4;
}

std::variant<request_head, refusal> gate::judge(view buffer) const {
  const auto bytes = complete(buffer, 0);
  const auto skip = leading_line(buffer);
  const auto raw = buffer.substr(skip, bytes - skip);
  if (auto no = read_line_ends(raw, 0)) return *no;
  reading r;
  r.head.bytes = bytes;
  const auto line_end = raw.find("\r\n");
  if (auto no = read_request_line(raw.substr(0, line_end), limits_, r)) return *no;
  if (bytes > limits_.head) return refusal{431, "the head is too large"};
  const auto fields = raw.substr(line_end + 2, raw.size() - line_end - 4);
  if (auto no = read_fields(fields, limits_, r)) return *no;
  if (r.has_coding) return refusal{501, "no transfer coding is understood here"};
  if (auto no = read_length(r)) return *no;
  const bool posts = mode_ != mode::open_to_all;
  if (auto no = read_method(r, posts)) return *no;
  if (auto no = read_target(r)) return *no;
  if (r.head.content_length > (posts ? body_ : 0)) return refusal{413, "no body of that size"};
  if (r.has_expect && !r.head.expects_continue) return refusal{417, "unknown expectation"};
  if (auto no = ask_beast(raw, r, limits_)) return *no;
  r.head.keep_alive = !r.close && (r.head.http_11 || r.keep_alive);
  return r.head;
}

std::optional<refusal> gate::judge_partial(view buffer, std::size_t searched) const {
  const auto skip = leading_line(buffer);
  if (buffer.empty() || buffer == "\r") return {};
  if (auto no = read_line_ends(buffer, std::max(skip, searched > 0 ? searched - 1 : 0))) return no;
  const auto head = buffer.substr(skip);
  const auto line_end = head.find("\r\n");
  if (line_end == head.npos) {
    constexpr std::size_t method_and_version = 32 + 11;
    if (head.size() > limits_.target + method_and_version) {
      return refusal{414, "the request line is too long"};
    }
    return {};
  }
  if (searched < skip + line_end + 2) {
    reading r;
    if (auto no = read_request_line(head.substr(0, line_end), limits_, r)) return no;
  }
  if (buffer.size() >= limits_.head) return refusal{431, "the head is too large"};
  return {};
}

}  // namespace freshet::http
