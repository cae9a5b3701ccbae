#include "app/client/progress.hpp"

#include <gtest/gtest.h>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <csignal>
#include <memory>
#include <stdexcept>

#include "app/client/interruptible.hpp"

namespace freshet::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::string content_of(std::FILE* f) {
  std::string out(1000, '\0');
  std::rewind(f);
  out.resize(std::fread(out.data(), 1, out.size(), f));
  return out;
}

TEST(Progress, OverwritesItsLineAndLeavesItClean) {
  const file terminal(std::tmpfile(), &std::fclose);
  {
    progress line(terminal.get());
    line.show("1 of 2");
    line.show("2 of 2");
  }
  EXPECT_EQ(content_of(terminal.get()), "\r\x1b[K1 of 2\r\x1b[K2 of 2\r\x1b[K");
}

TEST(Progress, WritesNothingWhenNothingWasShown) {
  const file terminal(std::tmpfile(), &std::fclose);
  {
    progress line(terminal.get());
  }
  EXPECT_EQ(content_of(terminal.get()), "");
}

TEST(Progress, IsDueOftenOnATerminalAndEveryTenSecondsInALog) {
  const mono_time start{1h};
  progress terminal(stderr);
  EXPECT_FALSE(terminal.due(start));  // short work shows nothing
  EXPECT_TRUE(terminal.due(start + 200ms));
  EXPECT_FALSE(terminal.due(start + 399ms));
  EXPECT_TRUE(terminal.due(start + 400ms));
  progress log(nullptr);
  EXPECT_FALSE(log.due(start));
  EXPECT_FALSE(log.due(start + 9999ms));
  EXPECT_TRUE(log.due(start + 10s));
  EXPECT_FALSE(log.due(start + 11s));
}

asio::awaitable<void> ends() { co_return; }
asio::awaitable<void> fails() {
  throw std::runtime_error("a bug");
  co_return;
}
asio::awaitable<void> waits_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, mono_time::max());
  co_await timer.async_wait(asio::deferred);
}
asio::awaitable<void> ends_well_when_cancelled() {
  try {
    co_await waits_for_ever();
  } catch (const boost::system::system_error&) {
  }
}

TEST(RunInterruptible, SaysWhetherItEndedByItself) {
  asio::io_context ctx(1);
  EXPECT_TRUE(run_interruptible(ctx, ends()));
  const auto interrupt = [] { std::raise(SIGTERM); };
  EXPECT_FALSE(run_interruptible(ctx, waits_for_ever(), interrupt));
  EXPECT_FALSE(run_interruptible(ctx, ends_well_when_cancelled(), interrupt));
  EXPECT_TRUE(run_interruptible(ctx, ends()));
}

TEST(RunInterruptible, HandsOutWhatWasThrown) {
  asio::io_context ctx(1);
  EXPECT_THROW(run_interruptible(ctx, fails()), std::runtime_error);
}

}  // namespace
}  // namespace freshet::app
