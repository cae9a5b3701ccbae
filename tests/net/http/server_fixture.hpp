#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include "core/async/tokens.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/page_answer.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/listener.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/report.hpp"
#include "tests/support/run.hpp"

namespace freshet::http {

using namespace std::chrono_literals;

/// Pages (small, big, and one sent from a file), a slow path, paths that wait (/wait...), one that
/// takes the socket, an echo for POST.
class site final : public responder {
 public:
  explicit site(asio::io_context& ctx)
      : released_(ctx, std::chrono::steady_clock::time_point::max()) {
    small_ = build("{\"a\":1}");
    big_ = build(std::string(8u << 20, 'x'));
    filed_ = build(std::string(8u << 20, 'y'));
    filed_->file = body_file::make(filed_->body()).release();
  }

  void begin_turn() override { ++turns; }

  outcome answer(const request_head& head, const peer&, response_batch& out) override {
    turn_of_answer = turns;
    most_in_batch = std::max(most_in_batch, out.answers() + 1);
    const bool waits = head.target == "/slow" || head.target == "/take";
    if (waits || head.target.starts_with("/wait")) return outcome::wait;
    if (head.method == method::post) {
      answer_text(framing_of(head), 200, "text/plain", head.body, "", block.date(), out);
    } else if (head.target == "/big") {
      answer_page(head, text_of(big_), block, out);
    } else if (head.target == "/filed") {
      answer_page(head, text_of(filed_), block, out);
    } else if (head.target == "/small") {
      answer_page(head, text_of(small_), block, out);
    } else {
      answer_problem(framing_of(head), {404, "no such page", head.target, ""}, block.date(), out);
    }
    return outcome::done;
  }

  void refused(std::uint16_t status) override { refusals.push_back(status); }

  asio::awaitable<after> answer_slowly(const request_head* head, connection* c,
                                       response_batch* out) override {
    if (head->target.starts_with("/wait")) co_await wait();
    if (head->target == "/wait/throw") throw std::runtime_error("a bug");
    co_await asio::post(c->socket().get_executor(), use_result);
    if (head->target == "/take") {
      const std::string bytes = "taken";
      co_await asio::async_write(c->socket(), asio::buffer(bytes), use_result);
      co_return after::taken;
    }
    answer_text(framing_of(*head), 200, "text/plain", "slow " + std::string(head->target), "",
                block.date(), *out);
    co_return after::answered;
  }

  /// Lets all visitors of /wait have their answer.
  void release() { released_.cancel(); }

  date_block block{"e"};
  std::size_t most_in_batch = 0;
  std::size_t turns = 0;
  std::size_t turn_of_answer = 0;
  std::size_t waiting = 0;
  std::vector<int> refusals;

 private:
  struct seat {
    explicit seat(std::size_t& n) : count(n) { ++count; }
    ~seat() { --count; }
    seat(const seat&) = delete;
    std::size_t& count;
  };
  asio::awaitable<void> wait() {
    const seat mine(waiting);
    co_await released_.async_wait(use_result);
  }

  static entry_ptr build(std::string_view body) { return build_entry({.body = body}); }
  static page_text text_of(const entry_ptr& e) {
    return {*e, "/p", {"Freshness: state=fresh\r\n\r\n"}};
  }
  entry_ptr small_, big_, filed_;
  asio::steady_timer released_;
};

class server_fixture : public testing::Test {
 protected:
  void start(session_times times = {}, listener_options options = {},
             gate::mode mode = gate::mode::open_to_all) {
    options.at = {asio::ip::make_address("127.0.0.1"), 0};
    env.emplace(session_environment{gate({}, mode), times, pages, pages.block, counts, watch,
                                    [this](const access_record& r) {
                                      log += std::to_string(r.result.status) + " ";
                                      addresses.push_back(r.from.address.to_string());
                                    }});
    const auto on_error = [this](std::string_view name, std::exception_ptr e) {
      ++failures;
      if (!failures_expected) test::report(name, e);
    };
    server = listener::open(ctx, std::move(options), *env, on_error).value();
    shell.spawn("listener", server->run());
    shell.spawn("reaper", watch.run());
  }

  asio::awaitable<void> stop(std::chrono::nanoseconds patience = 10s) {
    co_await server->stop(patience);
    watch.stop();
    co_await shell.close();
  }

  tcp_socket dial() {
    tcp_socket s(ctx.get_executor());
    s.connect(server->local());
    return s;
  }

  /// Everything until the server closes.
  asio::awaitable<std::string> read_all(tcp_socket* s) {
    std::string out, chunk(65536, '\0');
    for (;;) {
      auto [ec, n] = co_await s->async_read_some(asio::buffer(chunk), use_result);
      if (ec) co_return out;
      out.append(chunk, 0, n);
    }
  }

  asio::awaitable<void> talk(std::string bytes, std::string* out, bool byte_by_byte) {
    auto s = dial();
    s.set_option(asio::ip::tcp::no_delay(true));
    for (std::size_t i = 0; i < bytes.size();) {
      const auto n = byte_by_byte ? 1 : bytes.size();
      co_await asio::async_write(s, asio::buffer(bytes.data() + i, n), use_result);
      if (byte_by_byte) co_await asio::post(ctx, use_result);
      i += n;
    }
    *out = co_await read_all(&s);
    s.close();  // the server lingers until then
    co_await stop();
  }

  /// One connection for each of these, one after the other.
  asio::awaitable<void> talk_each(std::vector<std::string> messages,
                                  std::vector<std::string>* answers) {
    for (const auto& bytes : messages) {
      auto s = dial();
      co_await asio::async_write(s, asio::buffer(bytes), use_result);
      answers->push_back(co_await read_all(&s));
      s.close();
    }
    co_await stop();
  }

  std::string exchange(std::string bytes, bool byte_by_byte = false) {
    std::string out;
    test::run(ctx, talk(std::move(bytes), &out, byte_by_byte));
    return out;
  }

  asio::io_context ctx{1};
  real_clock time;
  site pages{ctx};
  counters counts;
  reaper watch{ctx, time, 5ms};
  std::string log;
  std::vector<std::string> addresses;
  bool failures_expected = false;
  int failures = 0;
  std::optional<session_environment> env;
  std::unique_ptr<listener> server;
  task_scope shell{ctx.get_executor(), test::report};
};

inline std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}
inline constexpr std::string_view closing = "Connection: close\r\n";

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace freshet::http
