#include "net/api/admin/admin_guard.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

#include "core/config/load.hpp"
#include "net/http/server/client_address.hpp"

namespace freshet::api {
namespace {

using boost::asio::ip::make_address;

/// The hashes are compared: neither the length nor the first wrong byte shows in the time.
bool same_secret(std::string_view a, std::string_view b) {
  const auto hash = [](std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
    return out;
  };
  const auto x = hash(a), y = hash(b);
  return CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (!http::equals_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

/// `https://host:port/path` without what stands before and behind the authority.
std::string_view authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  const auto rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

}  // namespace

std::string host_name(std::string_view authority) {
  if (authority.starts_with('[')) {
    authority = authority.substr(1, authority.find(']') - 1);
  } else {
    authority = authority.substr(0, authority.find(':'));
  }
  std::string out(authority);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

admin_guard::admin_guard(const config::settings& settings)
    : settings_(settings), names_{"localhost"} {
  names_.insert(host_name(settings.admin.host.find(':') == std::string::npos
                              ? settings.admin.host
                              : "[" + settings.admin.host + "]"));
  names_.insert(host_name(authority_of(settings.public_url)));
  names_.erase("");
  boost::system::error_code ec;
  const auto at = make_address(settings.admin.host, ec);
  any_address_ = !ec && at.is_unspecified();
}

bool admin_guard::is_known(std::string_view host) const {
  const auto name = host_name(host);
  if (names_.contains(name)) return true;
  boost::system::error_code ec;
  const auto address = make_address(name, ec);
  return !ec && (address.is_loopback() || any_address_);
}

std::optional<admin_refusal> admin_guard::judge(const http::request_head& head,
                                                const http::peer& from, mono_time now) {
  const bool changes = head.method == http::method::post;
  if ((changes || settings_.admin_token.empty()) && !is_known(head.host)) {
    return admin_refusal{421, "host", "this host is not served here",
                         "Host is not a name of this server: use localhost, the address it "
                         "listens on, or the host of public_url",
                         ""};
  }
  if (!head.origin.empty() && !is_known(authority_of(head.origin))) {
    return admin_refusal{403, "origin", "pages of another origin may not do this", "", ""};
  }
  if (settings_.admin_token.empty()) return {};
  return judge_token(head, from, now);
}

std::optional<admin_refusal> admin_guard::judge_token(const http::request_head& head,
                                                      const http::peer& from, mono_time now) {
  const auto who = http::client_address(head.forwarded_for, from);
  if (const auto pause = attempts_.shut_out(who, now)) {
    return admin_refusal{429, "attempts", "too many wrong tokens", "",
                         fmt::format("Retry-After: {}\r\n", pause->count())};
  }
  // Read each time: whoever changes the file changes the token.
  const auto token = config::reveal(settings_.admin_token);
  if (!token || token->empty()) {
    return admin_refusal{503,
                         "token_unreadable",
                         "the admin token cannot be read",
                         "the server's log says why",
                         "",
                         token ? "it is empty" : token.error().text()};
  }
  if (same_secret(bearer_of(head.authorization), *token)) return {};
  if (!head.authorization.empty()) attempts_.failed(who, now);
  return admin_refusal{401, "token", "this needs the admin token", "Authorization: Bearer <token>",
                       "WWW-Authenticate: Bearer realm=\"freshet admin\"\r\n"};
}

}  // namespace freshet::api
