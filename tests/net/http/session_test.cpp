#include "net/http/server/session.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include "core/async/tokens.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/page_answer.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/listener.hpp"
#include "tests/support/run.hpp"

namespace freshet::http {
namespace {

using namespace std::chrono_literals;

/// Two pages (small, big), one slow path, one that takes the socket, an echo for POST.
class site final : public responder {
 public:
  site() {
    small_.content = build("{\"a\":1}");
    big_.content = build(std::string(8u << 20, 'x'));
  }

  outcome answer(const request_head& head, const peer&, response_batch& out) override {
    most_in_batch = std::max(most_in_batch, out.answers() + 1);
    if (head.target == "/slow" || head.target == "/take") return outcome::wait;
    if (head.method == method::post) {
      answer_text(framing_of(head), 200, "text/plain", head.body, "", block.date(), out);
    } else if (head.target == "/big") {
      answer_page(head, big_, block, out);
    } else if (head.target == "/small") {
      answer_page(head, small_, block, out);
    } else {
      answer_problem(framing_of(head), {404, "no such page", head.target, ""}, block.date(), out);
    }
    return outcome::done;
  }

  asio::awaitable<after> answer_slowly(const request_head* head, connection* c,
                                       response_batch* out) override {
    co_await asio::post(c->socket().get_executor(), use_result);
    if (head->target == "/take") {
      const std::string bytes = "taken";
      co_await asio::async_write(c->socket(), asio::buffer(bytes), use_result);
      co_return after::taken;
    }
    answer_text(framing_of(*head), 200, "text/plain", "slow", "", block.date(), *out);
    co_return after::answered;
  }

  date_block block{"e"};
  std::size_t most_in_batch = 0;

 private:
  static entry_ptr build(std::string body) {
    entry_source source;
    source.body = std::move(body);
    source.path = "/p";
    return build_entry(std::move(source));
  }
  view small_{"Freshness: state=fresh\r\n\r\n", {}};
  view big_{"Freshness: state=fresh\r\n\r\n", {}};
};

class Session : public testing::Test {
 protected:
  void start(session_times times = {}, listener_options options = {},
             gate::mode mode = gate::mode::open_to_all) {
    options.at = {asio::ip::make_address("127.0.0.1"), 0};
    env.emplace(session_environment{
        gate({}, mode), times, pages, pages.block, counts, watch,
        [this](const access_record& r) { log += std::to_string(r.result.status) + " "; }});
    server = listener::open(ctx, std::move(options), *env, report).value();
    shell.spawn("listener", server->run());
    shell.spawn("reaper", watch.run());
  }

  static void report(std::string_view, std::exception_ptr e) {
    try {
      std::rethrow_exception(e);
    } catch (const std::exception& x) {
      ADD_FAILURE() << x.what();
    }
  }

  asio::awaitable<void> stop() {
    co_await server->stop(10s);
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

  std::string exchange(std::string bytes, bool byte_by_byte = false) {
    std::string out;
    test::run(ctx, talk(std::move(bytes), &out, byte_by_byte));
    return out;
  }

  asio::io_context ctx{1};
  real_clock time;
  site pages;
  counters counts;
  reaper watch{ctx, time, 5ms};
  std::string log;
  std::optional<session_environment> env;
  std::unique_ptr<listener> server;
  task_scope shell{ctx.get_executor(), report};
};

std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}
constexpr std::string_view closing = "Connection: close\r\n";

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_F(Session, PipelinedRequestsAreAnsweredInOrder) {
  start();
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += get(i % 2 ? "/small" : "/none");
  const auto got = exchange(bytes + get("/slow") + get("/small", closing));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 22u);
  EXPECT_EQ(count(got, "HTTP/1.1 404"), 20u);
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_EQ(pages.most_in_batch, response_batch::answers_max);
  EXPECT_EQ(counts.heads_scanned, 42u);
  EXPECT_TRUE(log.starts_with("404 200 404 200 ")) << log;
}

TEST_F(Session, AHeadMayArriveByteByByte) {
  start();
  const auto got = exchange(get("/small") + get("/small", closing), true);
  EXPECT_EQ(count(got, "{\"a\":1}"), 2u);
}

TEST_F(Session, HeadHasNoBodyAnd304NoLength) {
  start();
  const auto tag = content_etag("{\"a\":1}");
  const auto match = "If-None-Match: \"" + std::string(tag.data(), 32) + "\"\r\n";
  const auto got = exchange("HEAD /small HTTP/1.1\r\nHost: h\r\n\r\n" +
                            get("/small", match + std::string(closing)));
  EXPECT_EQ(count(got, "{\"a\":1}"), 0u);
  EXPECT_EQ(count(got, "Content-Length: 7\r\n"), 1u);
  EXPECT_EQ(count(got, "HTTP/1.1 304 Not Modified\r\n"), 1u);
}

TEST_F(Session, Http10ClosesUnlessAsked) {
  start();
  const auto got =
      exchange("GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /small HTTP/1.0\r\n\r\n" +
               get("/small"));
  EXPECT_EQ(count(got, "Connection: keep-alive\r\n"), 1u);
  EXPECT_EQ(count(got, "{\"a\":1}"), 2u);
}

TEST_F(Session, NothingIsReadAfterARefusal) {
  start();
  const auto got =
      exchange(get("/small") + get("/small", "Transfer-Encoding: chunked\r\n") + get("/small"));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 1u);
  EXPECT_EQ(count(got, "HTTP/1.1 501 Not Implemented"), 1u);
  EXPECT_EQ(counts.heads_refused, 1u);
}

TEST_F(Session, ARefusedMethodNamesTheAllowedOnes) {
  start();
  const auto got = exchange("PUT /small HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(count(got, "Allow: GET, HEAD, OPTIONS\r\n"), 1u);
}

TEST_F(Session, ASlowHeadGets408) {
  start({.head = 20ms, .idle = 20ms, .write = 1s});
  const auto got = exchange(get("/small") + "GET /sm");
  EXPECT_EQ(count(got, "HTTP/1.1 408 Request Timeout"), 1u);
  EXPECT_EQ(counts.head_timeouts, 1u);
}

TEST_F(Session, AnIdleConnectionIsClosedSilently) {
  start({.head = 20s, .idle = 20ms, .write = 1s});
  const auto got = exchange(get("/small"));
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_EQ(counts.idle_timeouts, 1u);
}

TEST_F(Session, ASlowReaderGetsEveryByte) {
  start();
  const auto got = exchange(get("/big") + get("/small", closing));
  EXPECT_EQ(got.size(), counts.bytes_out);
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 2u);
  EXPECT_GT(got.size(), 8u << 20);
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_GE(counts.partial_writes, 1u);
}

TEST_F(Session, ATakenSocketBelongsToTheResponder) {
  start();
  EXPECT_EQ(exchange(get("/take") + get("/small")), "taken");
}

TEST_F(Session, TheAdminListenerReadsTheWholeBody) {
  start({}, {}, gate::mode::admin);
  const std::string body(20'000, 'b');
  const auto got = exchange(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 20000\r\n\r\n" +
      body + get("/small", closing));
  EXPECT_EQ(count(got, body), 1u);
  EXPECT_EQ(count(got, "{\"a\":1}"), 1u);
}

TEST_F(Session, AReaderThatStopsIsCut) {
  start({.head = 1s, .idle = 1s, .write = 10ms});
  auto s = dial();
  const auto bytes = get("/big");
  asio::write(s, asio::buffer(bytes));
  while (counts.write_timeouts == 0) ctx.run_one();  // the test's time-out is the bound
  test::run(ctx, stop());
  EXPECT_EQ(counts.partial_writes, 1u);
}

TEST_F(Session, AcceptingPausesAtTheTotalLimit) {
  listener_options options;
  options.connections = 2;
  start({}, options);
  auto a = dial(), b = dial(), c = dial();
  while (counts.over_limit == 0) ctx.run_one();
  EXPECT_EQ(server->connections(), 2u);
  a.close();
  while (counts.accepted < 3) ctx.run_one();
  test::run(ctx, stop());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Session, BeyondTheLimitOfOneAddressIsClosedUnlessAProxy) {
  listener_options options;
  options.connections_per_address = 1;
  start({}, options);
  auto a = dial(), b = dial();
  while (counts.accepted < 2) ctx.run_one();
  EXPECT_EQ(counts.over_address, 1u);
  EXPECT_EQ(server->connections(), 1u);
  test::run(ctx, stop());
}

TEST_F(Session, AProxyIsNotLimitedByAddress) {
  listener_options options;
  options.connections_per_address = 1;
  const std::string network = "127.0.0.0/8";
  options.proxies = address_set::parse({&network, 1}).value();
  start({}, options);
  auto a = dial(), b = dial();
  while (counts.accepted < 2) ctx.run_one();
  EXPECT_EQ(server->connections(), 2u);
  test::run(ctx, stop());
}

}  // namespace
}  // namespace freshet::http
