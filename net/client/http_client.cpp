#include "net/client/http_client.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/client/inflater.hpp"

namespace freshet {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

struct http_client::connection {
  connection(asio::io_context::executor_type ex, std::size_t buffer_max)
      : socket(ex), buffer(buffer_max) {}
  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  beast::flat_buffer buffer;
  std::chrono::steady_clock::time_point kept_at;
};

namespace {

using request_type = bhttp::request<bhttp::string_body>;
using parser_type = bhttp::response_parser<bhttp::buffer_body>;

error to_error(const error_code& ec, std::string_view what) {
  auto why = client_errc::unreachable;
  if (ec == bhttp::error::header_limit || ec == bhttp::error::body_limit ||
      ec == bhttp::error::buffer_overflow) {
    why = client_errc::too_large;
  } else if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message) {
    why = client_errc::unreachable;
  } else if (ec.category() == make_error_code(bhttp::error::bad_version).category()) {
    why = client_errc::protocol;
  } else if (ec == asio::error::operation_aborted) {
    why = client_errc::timed_out;
  }
  return {why, std::string(what) + ": " + ec.message()};
}

/// What Beast 1.81 lets pass and a careful reader must not.
result<void> check_head(const parser_type& parser) {
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

/// identity = false, gzip = true.
result<bool> coding_of(const parser_type& parser) {
  const auto& head = parser.get();
  const auto coding = head[bhttp::field::content_encoding];
  if (head.count(bhttp::field::content_encoding) > 1) {
    return error(client_errc::encoding, "more than one content coding");
  }
  if (coding.empty() || beast::iequals(coding, "identity")) return false;
  if (beast::iequals(coding, "gzip") || beast::iequals(coding, "x-gzip")) return true;
  return error(client_errc::encoding, "a content coding that was not asked for");
}

template <class Stream>
asio::awaitable<result<void>> read_body(Stream& stream, beast::flat_buffer& buffer,
                                        parser_type& parser, std::size_t body_max,
                                        client_answer& answer) {
  auto coding = coding_of(parser);
  if (!coding) co_return coding.error();
  std::optional<inflater> gzip;
  if (*coding) gzip.emplace(body_max);
  std::array<char, 16 * 1024> piece;
  const auto wire_max = 2 * body_max + 64 * 1024;  // chunk heads count too
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    auto [ec, n] = co_await bhttp::async_read_some(stream, buffer, parser, use_result);
    if (ec == bhttp::error::need_buffer) ec = {};
    if (ec) co_return to_error(ec, "reading the body");
    answer.bytes_received += n;
    const auto got = std::string_view(piece.data(), piece.size() - parser.get().body().size);
    if (answer.bytes_received > wire_max || (!gzip && answer.body.size() + got.size() > body_max)) {
      co_return error(client_errc::too_large, "body beyond " + std::to_string(body_max));
    }
    if (!gzip) {
      answer.body.append(got);
    } else if (auto fed = gzip->feed(got, answer.body); !fed) {
      co_return fed.error();
    }
  }
  if (gzip && !gzip->finished() && answer.bytes_received > 0) {
    co_return error(client_errc::encoding, "gzip ends early");
  }
  co_return result<void>();
}

struct outcome {
  client_answer answer;
  bool reusable = false;
  bool nothing_read = true;  // the connection may have been dead before we wrote
};

template <class Stream>
asio::awaitable<result<void>> exchange(Stream& stream, beast::flat_buffer& buffer,
                                       const request_type& request, std::size_t head_max,
                                       std::size_t body_max, outcome& out) {
  auto [write_ec, written] = co_await bhttp::async_write(stream, request, use_result);
  if (write_ec) co_return to_error(write_ec, "sending the request");
  parser_type parser;
  std::size_t extensions = 0;
  auto on_chunk = [&extensions](std::uint64_t, beast::string_view text, error_code& ec) {
    extensions += text.size();
    if (extensions > 4096) ec = bhttp::error::body_limit;
  };
  parser.header_limit(static_cast<std::uint32_t>(head_max));
  parser.body_limit(boost::none);  // counted after inflation, and on the wire
  parser.on_chunk_header(on_chunk);
  parser.skip(request.method() == bhttp::verb::head);
  auto [ec, n] = co_await bhttp::async_read_header(stream, buffer, parser, use_result);
  out.nothing_read = n == 0 && buffer.size() == 0;
  if (ec) co_return to_error(ec, "reading the answer");
  auto checked = check_head(parser);
  if (!checked) co_return checked.error();
  auto& answer = out.answer;
  answer.bytes_received = n;
  answer.status = parser.get().result_int();
  if (answer.status < 200) co_return error(client_errc::protocol, "an unexpected 1xx answer");
  answer.content_type = std::string(parser.get()[bhttp::field::content_type]);
  answer.location = std::string(parser.get()[bhttp::field::location]);
  answer.retry_after = std::string(parser.get()[bhttp::field::retry_after]);
  auto body = co_await read_body(stream, buffer, parser, body_max, answer);
  if (!body) co_return body.error();
  if (buffer.size() > 0) co_return error(client_errc::protocol, "bytes after the answer");
  out.reusable = parser.keep_alive();
  co_return result<void>();
}

request_type to_beast(const client_request& from, const http_client_options& options) {
  request_type request;
  request.version(11);
  request.method_string(from.method);
  request.target(from.target);
  const bool default_port = options.port == (options.tls ? 443 : 80);
  const bool v6 = options.host.find(':') != std::string::npos;
  const auto host = v6 ? "[" + options.host + "]" : options.host;
  request.set(bhttp::field::host, default_port ? host : host + ":" + std::to_string(options.port));
  request.set(bhttp::field::accept_encoding, "gzip");
  for (const auto& [name, value] : from.headers) request.set(name, value);
  request.body() = from.body;
  request.prepare_payload();
  return request;
}

}  // namespace

http_client::http_client(asio::io_context::executor_type ex, http_client_options options)
    : ex_(ex), options_(std::move(options)) {}
http_client::~http_client() = default;

http_client::connection_ptr http_client::take_idle() {
  while (!idle_.empty()) {
    auto c = std::move(idle_.back());
    idle_.pop_back();
    char byte = 0;
    const auto peeked = ::recv(c->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const bool quiet = peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (quiet && std::chrono::steady_clock::now() - c->kept_at < options_.idle_max) return c;
  }
  return nullptr;
}

void http_client::keep(connection_ptr c) {
  if (idle_.size() >= options_.idle_connections) return;
  c->kept_at = std::chrono::steady_clock::now();
  idle_.push_back(std::move(c));
}

asio::awaitable<result<http_client::connection_ptr>> http_client::connect() {
  const auto where = options_.host + ":" + std::to_string(options_.port);
  tcp::resolver resolver(ex_);
  auto [found, endpoints] =
      co_await resolver.async_resolve(options_.host, std::to_string(options_.port), use_result);
  if (found) co_return error(client_errc::unreachable, where + ": " + found.message());
  auto c = std::make_unique<connection>(ex_, options_.head_max);
  auto [ec, at] = co_await asio::async_connect(c->socket, endpoints, use_result);
  if (ec) co_return to_error(ec, where);
  c->socket.set_option(tcp::no_delay(true), ec);
  if (options_.tls) {
    c->tls.emplace(c->socket, *options_.tls);
    auto named = expect_host(c->tls->native_handle(), options_.host, options_.tls_verify);
    if (!named) co_return error(client_errc::tls, named.error().detail);
    auto [failed] = co_await c->tls->async_handshake(asio::ssl::stream_base::client, use_result);
    if (failed == asio::error::operation_aborted) co_return to_error(failed, where);
    if (failed) co_return error(client_errc::tls, where + ": " + failed.message());
  }
  ++connections_;
  co_return c;
}

asio::awaitable<result<client_answer>> http_client::attempt(client_request from) {
  const auto request = to_beast(from, options_);
  for (;;) {
    auto c = take_idle();
    const bool pooled = c != nullptr;
    if (!pooled) {
      auto made = co_await with_timeout(connect(), options_.connect_timeout);
      if (!made && made.error().code == errc::timed_out) {
        co_return error(client_errc::timed_out, "connecting to " + options_.host);
      }
      if (!made) co_return made.error();
      c = std::move(*made);
    }
    outcome out;
    auto done = c->tls ? co_await exchange(*c->tls, c->buffer, request, options_.head_max,
                                           from.body_max, out)
                       : co_await exchange(c->socket, c->buffer, request, options_.head_max,
                                           from.body_max, out);
    if (done) {
      if (out.reusable) keep(std::move(c));
      co_return std::move(out.answer);
    }
    const bool safe = request.method() == bhttp::verb::get || request.method() == bhttp::verb::head;
    const bool stale =
        pooled && safe && out.nothing_read && done.error().code == client_errc::unreachable;
    if (!stale) co_return done.error();
    idle_.clear();  // what kept this one may have lost them all; so this loop turns at most twice
  }
}

asio::awaitable<result<client_answer>> http_client::send(client_request request) {
  auto answer = co_await with_timeout(attempt(std::move(request)), options_.timeout);
  if (!answer && answer.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "waiting for " + options_.host);
  }
  co_return answer;
}

}  // namespace freshet
