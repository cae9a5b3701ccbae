#include "net/client/message.hpp"

#include <boost/asio/ssl/error.hpp>

#include "net/client/connection.hpp"

namespace freshet {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

error to_client_error(const error_code& ec, std::string_view what) {
  auto why = client_errc::unreachable;
  if (ec == bhttp::error::header_limit || ec == bhttp::error::body_limit ||
      ec == bhttp::error::buffer_overflow) {
    why = client_errc::too_large;
  } else if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message) {
    why = client_errc::unreachable;
  } else if (ec.category() == make_error_code(bhttp::error::bad_version).category()) {
    why = client_errc::protocol;
  } else if (ec.category() == asio::error::get_ssl_category()) {
    why = client_errc::tls;  // TLS 1.3 tells only now that it wants another client certificate
  } else if (ec == asio::error::operation_aborted) {
    why = client_errc::timed_out;
  }
  return {why, std::string(what) + ": " + ec.message()};
}

void chunk_watch::operator()(std::uint64_t, beast::string_view extensions, error_code& ec) {
  bytes += extensions.size();
  if (bytes > 4096) ec = bhttp::error::body_limit;
}

void head_reading::begin() {
  auto& p = parser.emplace();
  p.header_limit(static_cast<std::uint32_t>(head_max));
  p.body_limit(boost::none);  // counted after inflation, and on the wire
  p.on_chunk_header(chunks);
  p.skip(to_head);
}

namespace {

/// What Beast 1.81 lets pass and a careful reader must not.
result<void> check_head(const client_parser& parser) {
  const auto& head = parser.get();
  if (head.count(bhttp::field::content_length) > 1) {
    return error(client_errc::protocol, "two Content-Length fields");
  }
  const auto codings = head.count(bhttp::field::transfer_encoding);
  if (codings > 0 && head.count(bhttp::field::content_length) > 0) {
    return error(client_errc::protocol, "Content-Length beside Transfer-Encoding");
  }
  if (codings > 1 ||
      (codings == 1 && !beast::iequals(head[bhttp::field::transfer_encoding], "chunked"))) {
    return error(client_errc::protocol, "a Transfer-Encoding other than chunked");
  }
  return {};
}

}  // namespace

result<void> head_reading::take() {
  auto checked = check_head(*parser);
  if (!checked) return checked;
  const auto& head = parser->get();
  answer.status = head.result_int();
  answer.content_type = std::string(head[bhttp::field::content_type]);
  answer.location = std::string(head[bhttp::field::location]);
  answer.retry_after = std::string(head[bhttp::field::retry_after]);
  const auto links = head.equal_range(bhttp::field::link);
  for (auto each = links.first; each != links.second; ++each)
    answer.link += (answer.link.empty() ? "" : ", ") + std::string(each->value());
  if (!keep_headers) return {};
  for (const auto& field : head) {
    answer.headers.emplace_back(field.name_string(), field.value());
  }
  return {};
}

client_message to_beast(const client_request& from, const http_client_options& options) {
  client_message request;
  request.version(11);
  request.method_string(from.method);
  request.target(from.target);
  const bool default_port = options.port == (options.tls ? 443 : 80);
  const auto host = host_in_url(options);
  request.set(bhttp::field::host, default_port ? host : host + ":" + std::to_string(options.port));
  request.set(bhttp::field::accept_encoding, "gzip");
  for (const auto& [name, value] : from.headers) request.set(name, value);
  request.body() = from.body;
  request.prepare_payload();
  return request;
}

}  // namespace freshet
