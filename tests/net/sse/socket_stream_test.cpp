#include "net/sse/socket_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>

#include "net/sse/hub_loop.hpp"
#include "tests/net/sse/decoder.hpp"
#include "tests/net/sse/fakes.hpp"

namespace freshet::sse {
namespace {

using asio::ip::tcp;

class SocketStream : public testing::Test {
 protected:
  asio::io_context ctx{1};
  tcp::acceptor acceptor{ctx, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{ctx};
  test::fake_log log;
  manual_clock clock;
  std::optional<hub_loop> loop;
  hub* h = nullptr;

  tcp::socket accepted() {
    client.open(tcp::v4());
    client.set_option(asio::socket_base::receive_buffer_size(4096));
    client.connect(acceptor.local_endpoint());
    return acceptor.accept();
  }

  void open() {
    loop.emplace(ctx.get_executor(), clock, log, hub_settings{}, hub_hooks{}, 1);
    h = &loop->streams();
    stream_request request;
    request.watch.add("/a");
    request.watch.add(url_pattern::parse("/p/*").value());
    ASSERT_TRUE(loop->attach(accepted().release(), std::move(request), stream_head()));
  }
  void TearDown() override {
    loop.reset();
    ctx.restart();
    ctx.run();  // ends: nothing is left waiting
  }
  void run_until(const std::function<bool()>& done) {
    for (int turns = 0; turns < 100'000 && !done(); ++turns) {
      ctx.restart();
      if (ctx.poll() == 0) ctx.run_one_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(done());
  }
};

TEST_F(SocketStream, DeliversOverTheLoop) {
  open();
  h->on_change(log.publish("/a"));
  std::string got;
  client.non_blocking(true);
  run_until([&] {
    std::array<char, 512> piece;
    boost::system::error_code ec;
    got.append(piece.data(), client.read_some(asio::buffer(piece), ec));
    return got.find("event: reload") != std::string::npos;
  });
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(got.find("\r\n\r\nretry: "), std::string::npos);
}

TEST_F(SocketStream, SeesThatThePeerLeft) {
  open();
  EXPECT_EQ(h->size(), 1u);
  client.close();
  run_until([&] { return h->size() == 0; });
}

TEST_F(SocketStream, StopsAtAFullSocketAndGoesOnWhenItIsRead) {
  open();
  for (int i = 0; i < 3000; ++i) h->on_change(log.publish("/p/" + std::to_string(i)));
  h->flush(clock.now());
  const auto before = h->counters().events.load();
  EXPECT_LT(before, 3000u);  // the kernel took a bounded part of about 400 KiB
  EXPECT_GT(before, 0u);
  test::sse_decoder reader;
  std::size_t head = std::string::npos;
  std::string start;
  client.non_blocking(true);
  run_until([&] {
    std::array<char, 65536> piece;
    boost::system::error_code ec;
    const std::string_view bytes(piece.data(), client.read_some(asio::buffer(piece), ec));
    if (head != std::string::npos) {
      reader.feed(bytes);
    } else {
      start.append(bytes);
      head = start.find("\r\n\r\n");
      if (head != std::string::npos) reader.feed(std::string_view(start).substr(head + 4));
    }
    return reader.messages.size() == 3000;
  });
  EXPECT_EQ(reader.messages.back().id, format({4, log.newest()}));
}

TEST_F(SocketStream, ThrowsAwayWhatThePeerSends) {
  open();
  client.write_some(asio::buffer(std::string(3000, 'x')));
  run_until([&] {
    ctx.restart();
    return ctx.poll() == 0;
  });
  EXPECT_EQ(h->size(), 1u);
  client.shutdown(tcp::socket::shutdown_send);
  run_until([&] { return h->size() == 0; });
}

TEST_F(SocketStream, TheKernelHoldsABoundedPart) {
  open();
  for (int i = 0; i < 3000; ++i) h->on_change(log.publish("/p/" + std::to_string(i)));
  h->flush(clock.now());
  // Sender and receiver together, of 400 KiB; the kernel counts its own structures too.
  EXPECT_LT(h->counters().bytes, 128u * 1024);
}

TEST_F(SocketStream, WritingToADeadPeerIsAnError) {
  socket_watch watch(ctx.get_executor(), [](std::uint64_t, readiness) {});
  socket_stream out(accepted().release(), watch);
  client.set_option(asio::socket_base::linger(true, 0));
  client.close();  // a reset, not a polite end
  EXPECT_FALSE(out.try_write("x"));
}

}  // namespace
}  // namespace freshet::sse
