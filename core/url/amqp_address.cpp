#include "core/url/amqp_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "core/url/percent.hpp"

namespace freshet {
namespace {

error no(const char* what) { return fail(errc::malformed, what); }

bool is_host(const std::string& text, bool bracketed) {
  if (bracketed) {
    in6_addr out{};
    return inet_pton(AF_INET6, text.c_str(), &out) == 1;
  }
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !text.empty() && text.size() <= 253 && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), good);
}

result<void> read_place(std::string_view text, amqp_address& into) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return no("the host's bracket does not end");
  into.host = text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  if (!is_host(into.host, bracketed)) return no("expected a host behind `amqp://`");
  auto rest = end == text.npos ? std::string_view() : text.substr(bracketed ? end + 1 : end);
  if (rest.empty()) return {};
  unsigned port = 0;
  const auto* const last = rest.data() + rest.size();
  const auto [at, ec] = std::from_chars(rest.data() + 1, last, port);
  if (rest.front() != ':' || ec != std::errc() || at != last || port == 0 || port > 65535)
    return no("expected a port from 1 to 65535 behind the host");
  into.port = static_cast<std::uint16_t>(port);
  return {};
}

/// Without NUL: the library below ends texts there.
bool decode(std::string_view text, std::string& into) {
  return percent_decode(text, plus_sign::literal, into) && into.find('\0') == into.npos;
}

result<void> read_user(std::string_view text, amqp_address& into) {
  const auto colon = text.find(':');
  into.has_user = true;
  into.password.clear();
  if (!decode(text.substr(0, colon), into.user)) return no("the user is not percent-encoded text");
  if (colon != text.npos && !decode(text.substr(colon + 1), into.password))
    return no("the password is not percent-encoded text");
  return {};
}

}  // namespace

result<amqp_address> parse_amqp_address(std::string_view text) {
  amqp_address out;
  out.tls = text.starts_with("amqps://");
  if (!out.tls && !text.starts_with("amqp://"))
    return no("expected a URL such as \"amqps://user:password@host/vhost\"");
  if (out.tls) out.port = 5671;
  const auto odd = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f ||
           c == '?' || c == '#' || c == '\\' || c == '"';
  };
  if (std::any_of(text.begin(), text.end(), odd))
    return no("a URL of AMQP has no query, no fragment and no spaces");
  text.remove_prefix(out.tls ? 8 : 7);
  const auto slash = text.find('/');
  const auto authority = text.substr(0, slash);
  const auto at = authority.rfind('@');
  if (at != authority.npos)
    if (auto read = read_user(authority.substr(0, at), out); !read) return read.error();
  const auto place = at == authority.npos ? authority : authority.substr(at + 1);
  if (auto read = read_place(place, out); !read) return read.error();
  const auto path = slash == text.npos ? std::string_view() : text.substr(slash + 1);
  if (path.empty()) return out;
  if (path.find('/') != path.npos)
    return no("a vhost with a slash is written with %2F, as in \"/%2Fpublic_pubsub\"");
  if (!decode(path, out.vhost)) return no("the vhost is not percent-encoded text");
  if (out.vhost.size() > 255) return no("a vhost has at most 255 bytes");
  return out;
}

std::string without_password(std::string_view url) {
  const auto scheme = url.find("://");
  const auto at = url.rfind('@');
  if (scheme == url.npos || at == url.npos || at < scheme) return std::string(url);
  const auto begin = scheme + 3;
  const auto user = url.substr(begin, at - begin);
  std::size_t colon = 0;
  while (colon < user.size() && user[colon] != ':') {
    // `${env:NAME}` has a colon of its own.
    const auto close = user.substr(colon).starts_with("${") ? user.find('}', colon) : user.npos;
    colon = close == user.npos ? colon + 1 : close;
  }
  if (colon + 1 >= user.size()) return std::string(url);
  const auto password = user.substr(colon + 1);
  const bool elsewhere = password.starts_with("${") && password.find('}') == password.size() - 1;
  const auto shown = elsewhere ? password : std::string_view("***");
  return std::string(url.substr(0, begin + colon + 1)).append(shown).append(url.substr(at));
}

}  // namespace freshet
