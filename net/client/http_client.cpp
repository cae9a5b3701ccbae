#include "net/client/http_client.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <optional>

#include "core/async/timeout.hpp"
#include "net/client/connection.hpp"
#include "net/client/inflater.hpp"
#include "net/client/message.hpp"

namespace freshet {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

namespace {

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

template <class Stream>
asio::awaitable<result<void>> read_body(Stream* stream, head_reading* head, std::size_t body_max) {
  auto& parser = *head->parser;
  auto coding = coding_of(parser);
  if (!coding) co_return coding.error();
  std::optional<inflater> gzip;
  if (*coding) gzip.emplace(body_max);
  std::array<char, 16 * 1024> piece;
  const auto wire_max = 2 * body_max + 64 * 1024;  // chunk heads count too
  auto& answer = head->answer;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    auto [ec, n] = co_await bhttp::async_read_some(*stream, *head->buffer, parser, use_result);
    if (ec == bhttp::error::need_buffer) ec = {};
    if (ec) co_return to_client_error(ec, "reading the body");
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

template <class Stream>
asio::awaitable<result<void>> exchange(Stream* stream, const client_message* request,
                                       std::size_t body_max, head_reading* head) {
  auto [write_ec, written] = co_await bhttp::async_write(*stream, *request, use_result);
  if (write_ec) co_return to_client_error(write_ec, "sending the request");
  auto begun = co_await read_head(stream, head);
  if (!begun) co_return begun.error();
  auto body = co_await read_body(stream, head, body_max);
  if (!body) co_return body.error();
  if (head->buffer->size() > 0) co_return error(client_errc::protocol, "bytes after the answer");
  co_return result<void>();
}

}  // namespace

http_client::http_client(asio::io_context::executor_type ex, http_client_options options)
    : options_(std::move(options)), dialer_(std::make_unique<client_dialer>(ex, options_)) {}
http_client::~http_client() = default;

std::size_t http_client::open() const { return dialer_->open(); }
std::uint64_t http_client::connections() const { return dialer_->made(); }

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

void http_client::keep(client_connection_ptr c) {
  c->kept_at = steady_clock::now();
  const auto old = [&](const client_connection_ptr& other) {
    return c->kept_at - other->kept_at >= options_.idle_max;
  };
  std::erase_if(idle_, old);
  if (idle_.size() >= options_.idle_connections) return;
  idle_.push_back(std::move(c));
}

asio::awaitable<result<client_answer>> http_client::attempt(client_request from) {
  const auto request = to_beast(from, options_);
  const bool to_head = request.method() == bhttp::verb::head;
  const bool safe = to_head || request.method() == bhttp::verb::get;
  for (;;) {
    auto c = take_idle();
    const bool pooled = c != nullptr;
    if (!pooled) {
      auto made = co_await dialer_->connect();
      if (!made) co_return made.error();
      c = std::move(*made);
    }
    head_reading head{&c->buffer, options_.head_max, to_head, from.keep_headers};
    auto done = c->tls ? co_await exchange(&*c->tls, &request, from.body_max, &head)
                       : co_await exchange(&c->socket, &request, from.body_max, &head);
    if (done) {
      if (head.parser->keep_alive()) keep(std::move(c));
      co_return std::move(head.answer);
    }
    const bool stale =
        pooled && safe && head.nothing_read && done.error().code == client_errc::unreachable;
    if (!stale) co_return done.error();
    idle_.clear();  // what kept this one may have lost them all; so this loop turns at most twice
  }
}

asio::awaitable<result<client_answer>> http_client::send(client_request request) {
  auto answer = co_await with_timeout(attempt(std::move(request)), options_.timeout);
  if (!answer && answer.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "waiting for " + dialer_->where());
  }
  co_return answer;
}

}  // namespace freshet
