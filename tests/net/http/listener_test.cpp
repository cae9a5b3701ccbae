#include "net/http/server/listener.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <fstream>

#include "tests/net/http/server_fixture.hpp"

namespace freshet::http {
namespace {

class Listener : public server_fixture {};

TEST_F(Listener, AcceptingPausesAtTheTotalLimit) {
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

TEST_F(Listener, BeyondTheLimitOfOneAddressIsClosedUnlessAProxy) {
  listener_options options;
  options.connections_per_address = 1;
  start({}, options);
  auto a = dial(), b = dial();
  while (counts.accepted < 2) ctx.run_one();
  EXPECT_EQ(counts.over_address, 1u);
  EXPECT_EQ(server->connections(), 1u);
  test::run(ctx, stop());
}

TEST_F(Listener, AProxyIsNotLimitedByAddress) {
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

#ifdef FRESHET_SANITIZED
/// UBSan looks at an object through a pipe, and takes the object for broken when it gets none.
#define NEEDS_NO_DESCRIPTORS() GTEST_SKIP() << "a sanitizer needs descriptors of its own"
#else
#define NEEDS_NO_DESCRIPTORS()
#endif

/// As many descriptors as are open now, and no more.
class no_more_descriptors {
 public:
  no_more_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~no_more_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_more_descriptors(const no_more_descriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Listener, WithoutDescriptorsItPausesAndKeepsWhomItHas) {
  NEEDS_NO_DESCRIPTORS();
  start();
  auto a = dial();
  ASSERT_TRUE(test::drive(ctx, [&] { return counts.accepted == 1; }));
  auto b = dial();
  {
    const no_more_descriptors none;
    ASSERT_TRUE(test::drive(ctx, [&] { return counts.accept_errors == 1; }));
    asio::write(a, asio::buffer(get("/small")));
    ASSERT_TRUE(test::drive(ctx, [&] { return a.available() > 0; }));
    EXPECT_EQ(counts.accept_errors, 1u) << "it asks again and again";
    a.close();  // the seat that is freed ends the pause
    ASSERT_TRUE(test::drive(ctx, [&] { return counts.accepted == 2; }));
    EXPECT_EQ(counts.accept_errors, 1u);
  }
  test::run(ctx, stop());
}

TEST_F(Listener, WithoutDescriptorsItTriesAgainAfterAWhile) {
  NEEDS_NO_DESCRIPTORS();
  start();
  auto a = dial();
  {
    const no_more_descriptors none;
    ASSERT_TRUE(test::drive(ctx, [&] { return counts.accept_errors == 2; }));
    EXPECT_EQ(server->connections(), 0u);
  }
  ASSERT_TRUE(test::drive(ctx, [&] { return counts.accepted == 1; }));
  test::run(ctx, stop());
}

TEST_F(Listener, APortIsSharedOnlyOnPurpose) {
  listener_options options;
  options.reuse_port = true;
  start({}, options);
  options.at = server->local();
  auto second = listener::open(ctx, options, *env, test::report);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ((*second)->local(), server->local());

  options.reuse_port = false;
  const auto third = listener::open(ctx, options, *env, test::report);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, asio::error::address_in_use);
  EXPECT_EQ(third.error().detail, "listen on 127.0.0.1:" + std::to_string(server->local().port()));
  test::run(ctx, stop());
}

/// A listener on a unix socket in a folder of its own.
class UnixListener : public server_fixture {
 protected:
  UnixListener() {
    folder_ = (std::filesystem::temp_directory_path() / "freshet_XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    path = folder_ + "/admin.sock";
  }
  ~UnixListener() override { std::filesystem::remove_all(folder_); }

  void serve() {
    listener_options options;
    options.path = path;
    start({}, options);
  }
  result<std::unique_ptr<listener>> open_again() {
    listener_options options;
    options.path = path;
    return listener::open(ctx, options, *env, test::report);
  }
  asio::awaitable<void> ask(std::string bytes, std::string* out) {
    asio::local::stream_protocol::socket s(ctx);
    s.connect(asio::local::stream_protocol::endpoint(path));
    co_await asio::async_write(s, asio::buffer(bytes), use_result);
    std::string chunk(4096, '\0');
    for (;;) {
      auto [ec, n] = co_await s.async_read_some(asio::buffer(chunk), use_result);
      if (ec) break;
      out->append(chunk, 0, n);
    }
    s.close();
    co_await stop();
  }

  std::string path;

 private:
  std::string folder_;
};

TEST_F(UnixListener, ServesAndRemovesItsFileAtTheEnd) {
  serve();
  struct stat is{};
  ASSERT_EQ(::stat(path.c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 07777, 0660u);
  std::string got;
  test::run(ctx, ask(get("/small") + get("/slow") + get("/small", closing), &got));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 3u);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixListener, TheVisitorCountsAsThisMachine) {
  serve();
  asio::local::stream_protocol::socket s(ctx);
  s.connect(asio::local::stream_protocol::endpoint(path));
  asio::write(s, asio::buffer(get("/small")));
  ASSERT_TRUE(test::drive(ctx, [&] { return !addresses.empty(); }));
  EXPECT_EQ(addresses.front(), "127.0.0.1");
  s.close();
  test::run(ctx, stop());
}

TEST_F(UnixListener, AFileLeftBehindIsReplaced) {
  {
    asio::local::stream_protocol::acceptor died(ctx, asio::local::stream_protocol::endpoint(path));
  }
  ASSERT_TRUE(std::filesystem::is_socket(path));
  serve();
  std::string got;
  test::run(ctx, ask(get("/small", closing), &got));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 1u);
}

TEST_F(UnixListener, AServerThatLivesIsNotReplaced) {
  serve();
  const auto second = open_again();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().detail, path + ": another server listens there");
  EXPECT_TRUE(std::filesystem::is_socket(path));
  test::run(ctx, stop());
}

TEST_F(UnixListener, AnythingButASocketIsLeftAlone) {
  std::ofstream(path) << "precious";
  env.emplace(session_environment{gate({}), {}, pages, pages.block, counts, watch, {}});
  const auto opened = open_again();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().detail, path + ": is there and is no socket");
  EXPECT_EQ(std::filesystem::file_size(path), 8u);
}

TEST_F(UnixListener, TheFileOfASuccessorStays) {
  serve();
  std::filesystem::remove(path);
  const auto second = open_again();
  ASSERT_TRUE(second) << second.error().text();
  test::run(ctx, stop());
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST_F(UnixListener, APathThatNobodyCanMakeIsNamed) {
  env.emplace(session_environment{gate({}), {}, pages, pages.block, counts, watch, {}});
  path += "/nowhere/x.sock";
  EXPECT_EQ(open_again().error().detail, "listen on " + path);
  path = std::string(108, 'x');
  EXPECT_EQ(open_again().error().code, errc::out_of_range);
}

}  // namespace
}  // namespace freshet::http
