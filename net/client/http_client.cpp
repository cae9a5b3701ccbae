#include "net/client/http_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/client/connection.hpp"
#include "net/client/inflater.hpp"
#include "net/client/message.hpp"

namespace freshet {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

struct http_client::connection {
  connection(asio::io_context::executor_type ex, std::size_t buffer_max, std::size_t& open)
      : counted(open), socket(ex), buffer(buffer_max) {
    ++counted;
  }
  ~connection() { --counted; }
  connection(const connection&) = delete;

  std::size_t& counted;
  tcp::socket socket;
  std::string refused;  // why the peer's certificate is not good enough; used by `tls`
  std::optional<client_tls_stream> tls;
  beast::flat_buffer buffer;
  steady_clock::time_point kept_at;
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
  } else if (ec.category() == asio::error::get_ssl_category()) {
    why = client_errc::tls;  // TLS 1.3 tells only now that it wants another client certificate
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
result<bool> coding_of(const client_parser& parser) {
  const auto& head = parser.get();
  const auto coding = head[bhttp::field::content_encoding];
  if (head.count(bhttp::field::content_encoding) > 1) {
    return error(client_errc::encoding, "more than one content coding");
  }
  if (coding.empty() || beast::iequals(coding, "identity")) return false;
  if (beast::iequals(coding, "gzip") || beast::iequals(coding, "x-gzip")) return true;
  return error(client_errc::encoding, "a content coding that was not asked for");
}

/// One question and its answer on a connection that works.
struct turn {
  beast::flat_buffer* buffer;
  const request_type* request;
  std::size_t head_max, body_max;
  client_answer answer = {};
  bool reusable = false;
  bool nothing_read = true;  // the connection may have been dead before we wrote
};

/// Refuses chunk extensions without end: Beast 1.81 reads on.
struct chunk_watch {
  std::size_t bytes = 0;
  void operator()(std::uint64_t, beast::string_view extensions, error_code& ec) {
    bytes += extensions.size();
    if (bytes > 4096) ec = bhttp::error::body_limit;
  }
};

template <class Stream>
asio::awaitable<result<void>> read_body(Stream* stream, turn* t, parser_type* parser) {
  auto coding = coding_of(*parser);
  if (!coding) co_return coding.error();
  std::optional<inflater> gzip;
  if (*coding) gzip.emplace(t->body_max);
  std::array<char, 16 * 1024> piece;
  const auto wire_max = 2 * t->body_max + 64 * 1024;  // chunk heads count too
  auto& answer = t->answer;
  while (!parser->is_done()) {
    parser->get().body().data = piece.data();
    parser->get().body().size = piece.size();
    auto [ec, n] = co_await bhttp::async_read_some(*stream, *t->buffer, *parser, use_result);
    if (ec == bhttp::error::need_buffer) ec = {};
    if (ec) co_return to_client_error(ec, "reading the body");
    answer.bytes_received += n;
    const auto got = std::string_view(piece.data(), piece.size() - parser->get().body().size);
    if (answer.bytes_received > wire_max ||
        (!gzip && answer.body.size() + got.size() > t->body_max)) {
      co_return error(client_errc::too_large, "body beyond " + std::to_string(t->body_max));
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

/// The final head; interim ones (100, 103) are read over.
template <class Stream>
asio::awaitable<result<void>> read_head(Stream* stream, turn* t,
                                        std::optional<parser_type>* parser) {
  constexpr int interim_max = 4;
  for (int interim = 0; interim <= interim_max; ++interim) {
    auto& p = parser->emplace();
    p.header_limit(static_cast<std::uint32_t>(t->head_max));
    p.body_limit(boost::none);  // counted after inflation, and on the wire
    p.skip(t->request->method() == bhttp::verb::head);
    auto [ec, n] = co_await bhttp::async_read_header(*stream, *t->buffer, p, use_result);
    if (n > 0 || t->buffer->size() > 0) t->nothing_read = false;
    if (ec) co_return to_error(ec, "reading the answer");
    t->answer.bytes_received += n;
    const auto status = p.get().result_int();
    if (status >= 200) co_return check_head(p);
    if (status == 101) break;
  }
  co_return error(client_errc::protocol, "an unexpected 1xx answer");
}

template <class Stream>
asio::awaitable<result<void>> exchange(Stream* stream, turn* t) {
  auto [write_ec, written] = co_await bhttp::async_write(*stream, *t->request, use_result);
  if (write_ec) co_return to_error(write_ec, "sending the request");
  std::optional<parser_type> parser;
  auto head = co_await read_head(stream, t, &parser);
  if (!head) co_return head.error();
  const auto& fields = parser->get();
  auto& answer = t->answer;
  answer.status = fields.result_int();
  answer.content_type = std::string(fields[bhttp::field::content_type]);
  answer.location = std::string(fields[bhttp::field::location]);
  answer.retry_after = std::string(fields[bhttp::field::retry_after]);
  chunk_watch watch;
  parser->on_chunk_header(watch);
  auto body = co_await read_body(stream, t, &*parser);
  if (!body) co_return body.error();
  if (t->buffer->size() > 0) co_return error(client_errc::protocol, "bytes after the answer");
  t->reusable = parser->keep_alive();
  co_return result<void>();
}

std::string host_of(const http_client_options& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return v6 ? "[" + options.host + "]" : options.host;
}

request_type to_beast(const client_request& from, const http_client_options& options) {
  request_type request;
  request.version(11);
  request.method_string(from.method);
  request.target(from.target);
  const bool default_port = options.port == (options.tls ? 443 : 80);
  const auto host = host_of(options);
  request.set(bhttp::field::host, default_port ? host : host + ":" + std::to_string(options.port));
  request.set(bhttp::field::accept_encoding, "gzip");
  for (const auto& [name, value] : from.headers) request.set(name, value);
  request.body() = from.body;
  request.prepare_payload();
  return request;
}

asio::awaitable<result<void>> dial_one(tcp::socket* socket, tcp::endpoint to) {
  auto [ec] = co_await socket->async_connect(to, use_result);
  if (ec) co_return error(ec);
  co_return result<void>();
}

/// A peer that vanished without a word is noticed when what we sent stays unacknowledged.
void set_options(tcp::socket& socket, std::chrono::nanoseconds patience) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  const int unacknowledged = static_cast<int>(std::clamp<std::int64_t>(ms, 100, 60'000));
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged,
               sizeof unacknowledged);
}

}  // namespace

http_client::http_client(asio::io_context::executor_type ex, http_client_options options)
    : ex_(ex),
      options_(std::move(options)),
      where_(host_of(options_) + ":" + std::to_string(options_.port)),
      lookup_(ex, options_.host, options_.lookup) {}
http_client::~http_client() = default;

client_connection_ptr http_client::take_idle() {
  while (!idle_.empty()) {
    auto c = std::move(idle_.back());
    idle_.pop_back();
    char byte = 0;
    const auto peeked = ::recv(c->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const bool quiet = peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (quiet && steady_clock::now() - c->kept_at < options_.idle_max) return c;
  }
  return nullptr;
}

void http_client::keep(connection_ptr c) {
  c->kept_at = steady_clock::now();
  const auto old = [&](const connection_ptr& other) {
    return c->kept_at - other->kept_at >= options_.idle_max;
  };
  std::erase_if(idle_, old);
  if (idle_.size() >= options_.idle_connections) return;
  idle_.push_back(std::move(c));
}

asio::awaitable<result<void>> http_client::dial(connection* c) {
  auto found = co_await lookup_.find();
  if (!found) co_return error(found.error().code, where_ + ": " + found.error().detail);
  const auto last = steady_clock::now() + options_.connect_timeout;
  error_code ec;
  std::size_t left = found->size();
  for (const auto& address : *found) {
    // An address that swallows everything must leave time for the others.
    const auto share = (last - steady_clock::now()) / static_cast<int>(left--);
    auto attempt = dial_one(&c->socket, tcp::endpoint(address, options_.port));
    auto dialled = co_await with_timeout(std::move(attempt), share);
    if (dialled) {
      set_options(c->socket, options_.connect_timeout);
      co_return result<void>();
    }
    ec = dialled.error().code;
    error_code ignored;
    c->socket.close(ignored);
  }
  lookup_.doubt();
  if (ec == errc::timed_out) co_return error(client_errc::timed_out, "connecting to " + where_);
  co_return to_error(ec, "connecting to " + where_);
}

asio::awaitable<result<void>> http_client::shake_hands(connection* c) {
  c->tls.emplace(c->socket, *options_.tls);
  auto named = expect_host(*c->tls, options_.host, &c->refused);
  if (!named) co_return error(client_errc::tls, named.error().detail);
  auto [failed] = co_await c->tls->async_handshake(asio::ssl::stream_base::client, use_result);
  if (!failed) co_return result<void>();
  const auto& why = c->refused.empty() ? failed.message() : c->refused;
  co_return error(client_errc::tls, "https://" + where_ + ": " + why);
}

asio::awaitable<result<http_client::connection_ptr>> http_client::connect() {
  if (open_ >= options_.connections) {
    co_return error(client_errc::overloaded, "too many connections to " + where_);
  }
  auto c = std::make_unique<connection>(ex_, options_.head_max, open_);
  auto dialled = co_await dial(c.get());
  if (!dialled) co_return dialled.error();
  if (options_.tls) {
    auto shaken = co_await shake_hands(c.get());
    if (!shaken) co_return shaken.error();
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
        co_return error(client_errc::timed_out, "connecting to " + where_);
      }
      if (!made) co_return made.error();
      ++connections_;
      c = std::move(*made);
    }
    turn t{&c->buffer, &request, options_.head_max, from.body_max};
    auto done = c->tls ? co_await exchange(&*c->tls, &t) : co_await exchange(&c->socket, &t);
    if (done) {
      if (t.reusable) keep(std::move(c));
      co_return std::move(t.answer);
    }
    const bool safe = request.method() == bhttp::verb::get || request.method() == bhttp::verb::head;
    const bool stale =
        pooled && safe && t.nothing_read && done.error().code == client_errc::unreachable;
    if (!stale) co_return done.error();
    idle_.clear();  // what kept this one may have lost them all; so this loop turns at most twice
  }
}

asio::awaitable<result<client_answer>> http_client::send(client_request request) {
  auto answer = co_await with_timeout(attempt(std::move(request)), options_.timeout);
  if (!answer && answer.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "waiting for " + where_);
  }
  co_return answer;
}

}  // namespace freshet
