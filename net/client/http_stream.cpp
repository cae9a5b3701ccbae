#include "net/client/http_stream.hpp"

#include <array>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/client/connection.hpp"
#include "net/client/message.hpp"

namespace freshet {

namespace bhttp = boost::beast::http;

struct http_stream::state {
  client_connection_ptr connection;
  client_message message;
  head_reading head;
  std::array<char, 16 * 1024> piece;

  template <class Stream>
  asio::awaitable<result<void>> ask(Stream* stream);
  template <class Stream>
  asio::awaitable<result<std::string_view>> read_some(Stream* stream);
  asio::awaitable<result<std::string_view>> read_any();
};

template <class Stream>
asio::awaitable<result<void>> http_stream::state::ask(Stream* stream) {
  auto [write_ec, written] = co_await bhttp::async_write(*stream, message, use_result);
  if (write_ec) co_return to_client_error(write_ec, "sending the request");
  auto begun = co_await read_head(stream, &head);
  if (!begun) co_return begun.error();
  const auto coding = head.parser->get()[bhttp::field::content_encoding];
  if (!coding.empty() && !boost::beast::iequals(coding, "identity")) {
    co_return error(client_errc::encoding, "a content coding that was not asked for");
  }
  co_return result<void>();
}

template <class Stream>
asio::awaitable<result<std::string_view>> http_stream::state::read_some(Stream* stream) {
  auto& parser = *head.parser;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    auto [ec, n] = co_await bhttp::async_read_some(*stream, connection->buffer, parser, use_result);
    const auto got = std::string_view(piece.data(), piece.size() - parser.get().body().size);
    head.answer.bytes_received += n;
    if (!got.empty()) co_return got;  // an error comes again at the next call
    if (ec && ec != bhttp::error::need_buffer) {
      co_return to_client_error(ec, "reading the stream");
    }
  }
  co_return std::string_view{};
}

asio::awaitable<result<std::string_view>> http_stream::state::read_any() {
  if (connection->tls) co_return co_await read_some(&*connection->tls);
  co_return co_await read_some(&connection->socket);
}

http_stream::http_stream(std::unique_ptr<state> s) : state_(std::move(s)) {}
http_stream::~http_stream() = default;

asio::awaitable<result<std::unique_ptr<http_stream>>> http_stream::open(
    asio::io_context::executor_type ex, http_client_options options, client_request request) {
  client_dialer dialer(ex, options);
  auto connected = co_await dialer.connect();
  if (!connected) co_return connected.error();
  auto made = std::make_unique<state>();
  made->connection = std::move(*connected);
  made->message = to_beast(request, options);
  made->message.set(bhttp::field::accept_encoding, "identity");
  auto& c = *made->connection;
  made->head.buffer = &c.buffer;
  made->head.head_max = options.head_max;
  made->head.keep_headers = true;
  auto asking = c.tls ? made->ask(&*c.tls) : made->ask(&c.socket);
  auto asked = co_await with_timeout(std::move(asking), options.timeout);
  if (!asked && asked.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "waiting for " + dialer.where());
  }
  if (!asked) co_return asked.error();
  co_return std::unique_ptr<http_stream>(new http_stream(std::move(made)));
}

const client_answer& http_stream::head() const { return state_->head.answer; }

asio::awaitable<result<std::string_view>> http_stream::read(std::chrono::nanoseconds limit) {
  auto got = co_await with_timeout(state_->read_any(), limit);
  if (!got && got.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "the stream fell silent");
  }
  co_return got;
}

asio::awaitable<result<std::string>> http_stream::read_rest(std::size_t bytes_max,
                                                            std::chrono::nanoseconds limit) {
  std::string all;
  for (;;) {
    auto got = co_await read(limit);
    if (!got) co_return got.error();
    if (got->empty()) co_return all;
    if (all.size() + got->size() > bytes_max) {
      co_return error(client_errc::too_large, "body beyond " + std::to_string(bytes_max));
    }
    all.append(*got);
  }
}

}  // namespace freshet
