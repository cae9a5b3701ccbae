/// A size of pieces on one line, then what an upstream sends as its answer, over a real connection:
/// it is accepted or refused within bounds, and the way the bytes were cut changes nothing.
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "core/async/tokens.hpp"
#include "fuzz/support/target.hpp"
#include "net/client/http_client.hpp"

namespace freshet {
namespace {

using fuzz::require;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t head_max = 1024;
constexpr std::size_t body_max = 4096;

/// One loop, one listener and one client for all inputs.
struct place {
  asio::io_context loop{1};
  tcp::acceptor listener{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  http_client client{loop.get_executor(), options()};

  http_client_options options() const {
    http_client_options o;
    o.host = "127.0.0.1";
    o.port = listener.local_endpoint().port();
    o.head_max = head_max;
    o.idle_connections = 0;  // no input may leave something behind for the next one
    return o;
  }
};

/// Says its piece whatever is asked, and closes; `step` bytes at a time.
asio::awaitable<void> upstream(place* at, std::string_view answer, std::size_t step) {
  auto [failed, peer] = co_await at->listener.async_accept(use_result);
  if (failed) co_return;
  error_code ignored;
  peer.set_option(tcp::no_delay(true), ignored);
  std::array<char, 4096> request;
  co_await peer.async_read_some(asio::buffer(request), use_result);
  while (!answer.empty()) {
    const auto piece = answer.substr(0, step);
    answer.remove_prefix(piece.size());
    auto [ec, n] = co_await asio::async_write(peer, asio::buffer(piece), use_result);
    if (ec) break;  // it heard enough
    co_await asio::post(at->loop, use_result);
  }
  peer.shutdown(tcp::socket::shutdown_send, ignored);
  // The client closes when it is done with the answer.
  while (!std::get<0>(co_await peer.async_read_some(asio::buffer(request), use_result))) {
  }
}

struct outcome {
  std::optional<result<client_answer>> got;
};

asio::awaitable<void> ask(place* at, const char* method, outcome* to) {
  client_request request;
  request.method = method;
  request.body_max = body_max;
  to->got = co_await at->client.send(std::move(request));
}

void end_well(std::exception_ptr failed) { require(!failed, "nothing throws"); }

result<client_answer> ask(std::string_view answer, std::size_t step, const char* method) {
  static place at;
  outcome out;
  asio::co_spawn(at.loop, upstream(&at, answer, step), end_well);
  asio::co_spawn(at.loop, ask(&at, method, &out), end_well);
  at.loop.run();
  at.loop.restart();
  require(out.got.has_value(), "a call ends");
  return std::move(*out.got);
}

void check(const result<client_answer>& got) {
  if (!got) {
    require(got.error().code.category() == client_category(), "an error of the client");
    return;
  }
  require(got->body.size() <= body_max, "a body is bounded");
  require(got->bytes_received <= 16 * 1024 + 2 * body_max + 64 * 1024, "so is the wire");
  require(got->status >= 200 && got->status < 1000, "a final status");
  for (const auto* value : {&got->content_type, &got->location, &got->retry_after}) {
    require(value->find_first_of(std::string_view("\r\n\0", 3)) == value->npos,
            "a field is one line");
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
  check(whole);
  const auto cut = ask(bytes, 1 + choice / 8 + bytes.size() / 16, method);
  check(cut);
  if (!whole) return 0;
  // Bytes behind an answer are seen only by who has read that far.
  if (!cut && cut.error().code == client_errc::protocol) return 0;
  require(cut.has_value(), "packets change nothing");
  require(cut->status == whole->status && cut->body == whole->body, "not what was answered");
  return 0;
}
