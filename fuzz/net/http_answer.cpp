/// A size of pieces on one line, then what an upstream sends as its answer: it is accepted or
/// refused within bounds, and the way the bytes were cut into packets changes nothing.
///
/// The exchange is private to the client's file, which this target therefore is made of: in memory
/// it runs a hundred times as often as over a socket.
#include "net/client/http_client.cpp"  // NOLINT(bugprone-suspicious-include)

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/bind_handler.hpp>

#include "fuzz/support/target.hpp"

namespace freshet {
namespace {

using fuzz::require;

constexpr std::size_t head_max = 1024;
constexpr std::size_t body_max = 4096;

/// A connection whose other side has sent `left` and closed.
class memory_stream {
 public:
  using executor_type = asio::io_context::executor_type;
  memory_stream(executor_type ex, std::string_view left, std::size_t step)
      : ex_(ex), left_(left), step_(step) {}

  executor_type get_executor() const { return ex_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const auto& to) {
          const auto n = asio::buffer_copy(to, asio::buffer(left_.substr(0, step_)));
          left_.remove_prefix(n);
          const error_code ec = n == 0 ? error_code(asio::error::eof) : error_code();
          asio::post(ex_, beast::bind_handler(std::move(handler), ec, n));
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const auto& from) {
          asio::post(
              ex_, beast::bind_handler(std::move(handler), error_code(), asio::buffer_size(from)));
        },
        token, buffers);
  }

 private:
  executor_type ex_;
  std::string_view left_;
  std::size_t step_;
};

struct seen {
  std::optional<error> failed;
  outcome out;
};

asio::awaitable<void> ask(memory_stream* stream, const request_type* request, seen* to) {
  beast::flat_buffer buffer(head_max);
  auto done = co_await exchange(*stream, buffer, *request, head_max, body_max, to->out);
  if (!done) to->failed = done.error();
}

seen ask(std::string_view answer, std::size_t step, const char* method) {
  static asio::io_context loop;
  client_request wanted;
  wanted.method = method;
  http_client_options options;
  options.host = "h";
  const auto request = to_beast(wanted, options);
  memory_stream stream(loop.get_executor(), answer, step);
  seen out;
  bool ended = false;
  asio::co_spawn(loop, ask(&stream, &request, &out), [&ended](std::exception_ptr e) {
    require(!e, "the exchange does not throw");
    ended = true;
  });
  loop.run();
  loop.restart();
  require(ended, "and ends");
  return out;
}

void check(const seen& s) {
  const auto& answer = s.out.answer;
  require(answer.body.size() <= body_max, "a body is bounded");
  require(answer.bytes_received <= head_max + 2 * body_max + 64 * 1024 + 16 * 1024,
          "so is the wire");
  if (s.failed) {
    require(s.failed->code.category() == client_category(), "an error of the client");
    return;
  }
  require(answer.status >= 200 && answer.status < 1000, "a final status");
  for (const auto* value : {&answer.content_type, &answer.location, &answer.retry_after}) {
    require(value->find_first_of(std::string_view("\r\n\0", 3)) == value->npos,
            "a field is a line");
  }
}

}  // namespace
}  // namespace freshet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto choice = in.choice(64);
  const auto bytes = in.rest();
  const char* method = choice % 8 == 7 ? "HEAD" : "GET";
  const auto whole = ask(bytes, bytes.size() + 1, method);
  const auto cut = ask(bytes, 1 + choice / 8, method);
  check(whole);
  check(cut);
  if (!whole.failed) {
    require(!cut.failed, "packets change nothing");
    require(cut.out.answer.body == whole.out.answer.body, "not the body");
    require(cut.out.answer.status == whole.out.answer.status, "nor the status");
    require(cut.out.reusable == whole.out.reusable, "nor what becomes of the connection");
  }
  return 0;
}
