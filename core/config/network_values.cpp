#include "core/config/network_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/config/scalars.hpp"

namespace freshet::config {
namespace {

bool is_v4(const std::string& text) {
  in_addr out{};
  return inet_pton(AF_INET, text.c_str(), &out) == 1;
}

bool is_v6(const std::string& text) {
  in6_addr out{};
  return inet_pton(AF_INET6, text.c_str(), &out) == 1;
}

bool parse_number(std::string_view text, unsigned max, unsigned& value) {
  const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc() && rest == text.data() + text.size() && value <= max;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const char c : text) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_';
    if (!good) return false;
  }
  return text.front() != '-' && text.front() != '.';
}

/// Splits `host:port` or `[v6]:port`; `port` is empty when there is none.
bool split_authority(std::string_view text, std::string& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    if (!is_v6(host)) return false;
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (!text.starts_with(':')) return false;
    port = text.substr(1);
    return !port.empty();
  }
  const auto colon = text.find(':');
  host = text.substr(0, colon);
  if (!is_host_name(host)) return false;
  if (colon == std::string_view::npos) return true;
  port = text.substr(colon + 1);
  return !port.empty();
}

/// The rest after `http://authority`, or false.
bool take_origin(std::string_view& text) {
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return false;
  text.remove_prefix(scheme);
  const auto slash = text.find('/');
  std::string host;
  std::string_view port;
  unsigned number = 1;
  if (!split_authority(text.substr(0, slash), host, port)) return false;
  if (!port.empty() && (!parse_number(port, 65535, number) || number == 0)) return false;
  text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  return true;
}

}  // namespace

result<endpoint> to_endpoint(const node& value) {
  constexpr std::string_view form =
      "an address such as \"127.0.0.1:8080\", \"[::]:8080\" or the path of a socket";
  if (value.is != node::type::string) return unexpected(form, value);
  std::string_view text = value.text;
  endpoint out;
  if (text.starts_with("unix:")) text.remove_prefix(5);
  if (text.starts_with('/')) {
    if (text.size() > 107) return unexpected("a socket path of at most 107 bytes", value);
    out.path = text;
    return out;
  }
  std::string_view port;
  unsigned number = 0;
  if (!split_authority(text, out.host, port) || !parse_number(port, 65535, number)) {
    return unexpected(form, value);
  }
  out.port = static_cast<std::uint16_t>(number);
  return out;
}

result<std::string> to_network(const node& value) {
  constexpr std::string_view form = "an address or network such as \"10.0.0.0/8\"";
  if (value.is != node::type::string) return unexpected(form, value);
  const auto slash = value.text.find('/');
  const std::string address = value.text.substr(0, slash);
  unsigned max = 0;
  if (is_v4(address)) max = 32;
  if (is_v6(address)) max = 128;
  unsigned prefix = max;
  if (max == 0) return unexpected(form, value);
  if (slash != std::string::npos &&
      !parse_number(std::string_view(value.text).substr(slash + 1), max, prefix)) {
    return unexpected(form, value);
  }
  return fmt::format("{}/{}", address, prefix);
}

result<std::string> to_http_url(const node& value) {
  constexpr std::string_view form = "a URL such as \"https://example.org/api\"";
  if (value.is != node::type::string) return unexpected(form, value);
  std::string_view rest = value.text;
  if (rest.find('@') != std::string_view::npos) {  // said without the value: it may hold a password
    return fail(errc::malformed, "expected a URL without user and password; use `headers`");
  }
  if (!take_origin(rest)) return unexpected(form, value);
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f || c == '?' ||
        c == '#' || c == '\\' || c == '"') {
      return unexpected("a URL without query, fragment and spaces", value);
    }
  }
  std::string out = value.text;
  while (out.ends_with('/')) out.pop_back();
  return out;
}

result<std::string> to_origin(const node& value) {
  constexpr std::string_view form = "an origin such as \"https://app.example.org\", or \"*\"";
  if (value.is != node::type::string) return unexpected(form, value);
  std::string_view rest = value.text;
  if (value.text == "*") return value.text;
  if (!take_origin(rest) || !rest.empty()) return unexpected(form, value);
  return value.text;
}

result<std::string> to_zmq_endpoint(const node& value) {
  constexpr std::string_view form = "an endpoint such as \"tcp://127.0.0.1:9940\"";
  if (value.is != node::type::string) return unexpected(form, value);
  const std::string_view text = value.text;
  if (text.starts_with("ipc://") && text.size() > 6) return value.text;
  std::string host;
  std::string_view port;
  unsigned number = 0;
  if (!text.starts_with("tcp://") || !split_authority(text.substr(6), host, port) ||
      !parse_number(port, 65535, number) || number == 0) {
    return unexpected(form, value);
  }
  return value.text;
}

bool is_loopback(const endpoint& e) {
  if (!e.path.empty() || e.host == "localhost" || e.host == "::1") return true;
  return e.host.starts_with("127.") && is_v4(e.host);
}

}  // namespace freshet::config
