#include "connectors/upstream/http/http_upstream.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "core/config/load.hpp"
#include "core/observe/log.hpp"
#include "core/text/http_date.hpp"

namespace freshet {

namespace asio = boost::asio;

namespace {

constexpr std::size_t validator_bytes_max = 256;

std::uint16_t port_of(const boost::urls::url_view& url) {
  if (url.has_port() && !url.port().empty()) return url.port_number();
  return url.scheme() == "https" ? 443 : 80;
}

std::string origin_of(const boost::urls::url_view& url) {
  auto origin = std::string(url.scheme()) + "://" + std::string(url.encoded_host());
  for (auto& c : origin) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return origin + ":" + std::to_string(port_of(url));
}

/// Whole seconds; a date is not worth a clock here and counts as none.
std::chrono::seconds seconds_of(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, seconds);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  return std::chrono::seconds(seconds);
}

std::string_view field_of(const client_answer& from, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  for (const auto& [field, value] : from.headers)
    if (std::ranges::equal(field, name, {}, lower)) return value;
  return {};
}

bool is_etag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"') &&
         text.size() <= validator_bytes_max &&
         std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte > 0x20 && byte != '"' && byte != 0x7f;
         });
}

/// What the next question may be asked with. A date says nothing of a change in the same second, so
/// it counts only when it was a minute old (RFC 9110 8.8.2.2).
void take_validators(const client_answer& from, upstream_answer& into) {
  if (const auto etag = field_of(from, "etag"); !etag.empty()) {
    if (is_etag(etag)) into.etag = etag;
    return;
  }
  const auto modified = field_of(from, "last-modified");
  const auto then = parse_http_date(modified), sent = parse_http_date(field_of(from, "date"));
  if (then && sent && *sent - *then >= std::chrono::minutes{1}) into.modified = modified;
}

bool safe_target(std::string_view target) {
  const auto bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  return target.starts_with('/') && std::none_of(target.begin(), target.end(), bad);
}

}  // namespace

result<std::unique_ptr<http_upstream>> http_upstream::create(
    asio::io_context::executor_type ex, const config::upstream_settings& settings,
    std::vector<std::pair<std::string, std::string>> headers) {
  const auto url = boost::urls::parse_uri(settings.url);
  const bool usable = url && (url->scheme() == "http" || url->scheme() == "https") &&
                      !url->encoded_host().empty() && !url->has_userinfo() && !url->has_query() &&
                      !url->has_fragment();
  if (!usable) {
    return fail(errc::malformed, "expected http(s)://host[:port][/path] for " + settings.name);
  }
  http_client_options options;
  options.host = std::string(url->host_address());
  options.port = port_of(*url);
  options.timeout = settings.limits.timeout;
  options.connect_timeout = std::min(options.connect_timeout, options.timeout);
  options.idle_connections = settings.limits.concurrency;
  options.connections = 2 * std::size_t{settings.limits.concurrency};
  if (url->scheme() == "https") {
    const auto& from = settings.tls;
    client_tls_options tls{from.ca, from.cert, from.key, from.verify};
    auto context = make_client_tls(tls);
    if (!context) return error(context.error().code, settings.name + ": " + context.error().detail);
    options.tls = *context;
    if (!from.verify) {
      logger().warn("upstream {}: the certificate of {}:{} is not verified (tls.verify = false)",
                    settings.name, options.host, options.port);
    }
  }
  std::unique_ptr<http_upstream> made(new http_upstream(ex, std::move(options)));
  made->name_ = settings.name;
  made->origin_ = origin_of(*url);
  made->prefix_ = std::string(url->encoded_path());
  if (made->prefix_.ends_with('/')) made->prefix_.pop_back();
  made->headers_ = std::move(headers);
  for (const auto& each : settings.headers)
    if (each.second.source.find("${file:") != std::string::npos) made->from_files_.push_back(each);
  made->redirects_ = settings.redirects;
  made->body_max_ = settings.limits.body;
  return made;
}

std::optional<std::string> http_upstream::same_origin_target(std::string_view location) const {
  if (location.starts_with('/') && !location.starts_with("//")) {
    if (!safe_target(location)) return {};
    return std::string(location.substr(0, location.find('#')));
  }
  const auto url = boost::urls::parse_uri({location.data(), location.size()});
  if (!url || url->has_userinfo() || origin_of(*url) != origin_) return {};
  auto target = std::string(url->encoded_path());
  if (target.empty()) target = "/";
  if (url->has_query()) target += "?" + std::string(url->encoded_query());
  return target;
}

std::optional<std::string> http_upstream::same_origin_reference(std::string_view base,
                                                                std::string_view reference) const {
  const auto whole_base = origin_ + std::string(base);
  const auto from = boost::urls::parse_uri(whole_base);
  const auto to = boost::urls::parse_uri_reference({reference.data(), reference.size()});
  boost::urls::url whole;
  if (!from || !to || !boost::urls::resolve(*from, *to, whole)) return {};
  return same_origin_target(std::string(whole.buffer()));
}

std::optional<std::string> http_upstream::redirected(const std::string& from,
                                                     const std::string& location) const {
  auto next = same_origin_target(location);
  return next || location.empty() ? next : same_origin_reference(from, location);
}

error http_upstream::describe(error e, const std::string& target) const {
  const auto path = target.substr(0, target.find('?'));  // a query may carry a token
  e.detail = name_ + " " + origin_ + path + (e.detail.empty() ? "" : ": " + e.detail);
  return e;
}

result<void> http_upstream::read_again(
    std::vector<std::pair<std::string, std::string>>& headers) const {
  for (const auto& [name, value] : from_files_) {
    auto text = config::reveal(value);
    if (!text) return error(text.error().code, "header " + name + ": " + text.error().detail);
    for (auto& header : headers)
      if (header.first == name) header.second = *text;
  }
  return {};
}

asio::awaitable<result<upstream_answer>> http_upstream::fetch(upstream_request request) {
  client_request ask;
  ask.method = request.method;
  ask.target = prefix_ + request.target;
  if (!request.base.empty()) {
    auto next = same_origin_reference(request.base, request.target);
    if (!next) {
      co_return describe({client_errc::protocol, "the next page is not at this origin"},
                         request.base);
    }
    ask.target = std::move(*next);
  }
  if (!safe_target(ask.target)) {
    co_return describe({client_errc::protocol, "not a request target"}, "/");
  }
  ask.headers = headers_;
  if (auto read = read_again(ask.headers); !read) co_return describe(read.error(), "/");
  for (auto& header : request.headers) ask.headers.push_back(std::move(header));
  const bool asks_for_change = !request.known_etag.empty() || !request.known_modified.empty();
  if (!request.known_etag.empty()) {
    ask.headers.emplace_back("If-None-Match", std::move(request.known_etag));
  } else if (asks_for_change) {
    ask.headers.emplace_back("If-Modified-Since", std::move(request.known_modified));
  }
  ask.keep_headers = request.may_be_unchanged;
  for (const auto& [field, value] : ask.headers) {
    if ((field + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) continue;
    co_return describe({client_errc::protocol, "a line break in header " + field.substr(0, 32)},
                       "/");
  }
  ask.body = std::move(request.body);
  ask.body_max = std::min(request.body_max, body_max_);
  auto left = std::max(request.redirects, redirects_);
  for (;;) {
    auto got = co_await client_.send(ask);
    if (!got) co_return describe(got.error(), ask.target);
    const auto status = got->status;
    const bool empty = status == 204 || status == 205 || status == 206;
    const bool unchanged = status == 304 && asks_for_change;
    if ((status < 300 && !empty) || status == 404 || status == 410 || unchanged) {
      upstream_answer answer{status,
                             std::move(got->body),
                             std::move(got->content_type),
                             got->bytes_received,
                             std::move(ask.target),
                             std::move(got->link)};
      if (request.may_be_unchanged) take_validators(*got, answer);
      co_return answer;
    }
    const bool redirect =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    auto next = redirect && left > 0 && ask.method == "GET" ? redirected(ask.target, got->location)
                                                            : std::optional<std::string>();
    if (!next) {
      co_return describe({status_error(status, seconds_of(got->retry_after)), {}}, ask.target);
    }
    --left;
    ask.target = std::move(*next);
  }
}

}  // namespace freshet
