#include "app/client/remote.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "app/client/interruptible.hpp"
#include "app/client/plain_text.hpp"
#include "core/json/validate.hpp"

namespace freshet::app {

namespace asio = boost::asio;

namespace {

error bad_url(const std::string& text) {
  return fail(
      errc::malformed,
      "expected http(s)://host[:port][/prefix] or the path of a socket, found `" + text + "`");
}

struct place {
  http_client_options connection;
  std::string prefix;
};

result<place> parse_place(const remote_options& options) {
  place out;
  out.connection.timeout = options.timeout;
  out.connection.connect_timeout = std::min(options.timeout, out.connection.connect_timeout);
  if (options.url.starts_with('/')) {
    out.connection.unix_path = options.url;
    out.connection.host = "localhost";
    return out;
  }
  const auto text =
      options.url.find("://") == std::string::npos ? "http://" + options.url : options.url;
  const auto url = boost::urls::parse_uri(text);
  const bool usable = url && (url->scheme() == "http" || url->scheme() == "https") &&
                      !url->encoded_host().empty() && !url->has_userinfo() && !url->has_query() &&
                      !url->has_fragment();
  if (!usable) return bad_url(options.url);
  const bool tls = url->scheme() == "https";
  out.connection.host = std::string(url->host_address());
  out.connection.port = tls ? 443 : 80;
  if (url->has_port() && !url->port().empty()) {
    const std::string port(url->port());  // port_number() wraps around
    std::uint32_t number = 0;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
    if (read.ec != std::errc{} || number == 0 || number > 65535) return bad_url(options.url);
    out.connection.port = static_cast<std::uint16_t>(number);
  }
  out.prefix = std::string(url->encoded_path());
  if (out.prefix.ends_with('/')) out.prefix.pop_back();
  if (!tls) return out;
  client_tls_options trust;
  trust.ca = options.ca;
  auto context = make_client_tls(trust);
  if (!context) return context.error();
  out.connection.tls = *context;
  return out;
}

asio::awaitable<void> send_into(http_client* client, client_request request,
                                result<client_answer>* out) {
  *out = co_await client->send(std::move(request));
}

}  // namespace

result<std::unique_ptr<remote>> remote::create(const remote_options& options) {
  auto at = parse_place(options);
  if (!at) return at.error();
  return std::unique_ptr<remote>(
      new remote(options.url, std::move(at->connection), std::move(at->prefix), options.token));
}

remote::remote(std::string url, http_client_options connection, std::string prefix,
               std::string token)
    : url_(std::move(url)),
      connection_(std::move(connection)),
      prefix_(std::move(prefix)),
      token_(std::move(token)),
      client_(ctx_.get_executor(), connection_) {}

client_request remote::request(std::string method, std::string_view target) const {
  client_request out;
  out.method = std::move(method);
  out.target = prefix_ + std::string(target);
  out.keep_headers = true;
  out.body_max = 256u << 20;
  if (!token_.empty()) out.headers.emplace_back("Authorization", "Bearer " + token_);
  return out;
}

asio::awaitable<result<client_answer>> remote::send(client_request request) {
  return client_.send(std::move(request));
}

result<client_answer> remote::wait_for(client_request request) {
  const error interrupted = fail(errc::closed, "interrupted");
  result<client_answer> out = interrupted;
  const bool ended = run_interruptible(ctx_, send_into(&client_, std::move(request), &out));
  return ended ? out : interrupted;
}

result<client_answer> remote::get(std::string_view target) {
  return wait_for(request("GET", target));
}

result<client_answer> remote::post(std::string_view target, std::string json) {
  auto ask = request("POST", target);
  ask.headers.emplace_back("Content-Type", "application/json");
  ask.body = std::move(json);
  return wait_for(std::move(ask));
}

std::optional<std::string> to_target(std::string_view path) {
  if (!path.starts_with('/')) return {};
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '<' || c == '>' || c == '#') {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string describe_status(const client_answer& answer) {
  auto text = fmt::format("{} {}", answer.status,
                          std::string(boost::beast::http::obsolete_reason(
                              boost::beast::http::int_to_status(answer.status))));
  json::reader reader(1u << 20);
  const auto document = reader.read(answer.body);
  if (!document) return text;
  std::string_view detail;
  if (document->at_key("detail").get(detail) == simdjson::SUCCESS) {
    text += ": " + printable(detail);
  }
  return text;
}

}  // namespace freshet::app
