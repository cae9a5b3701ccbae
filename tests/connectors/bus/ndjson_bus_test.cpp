#include "connectors/bus/ndjson/ndjson_bus.hpp"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <fstream>

#include "core/async/task_scope.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

class NdjsonBus : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = ::testing::TempDir() + "ndjson_XXXXXX";
    const int fd = ::mkstemp(path.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    settings_.name = "file";
    settings_.file = path;
    settings_.max_message = 100;
  }
  void TearDown() override { ::unlink(settings_.file.c_str()); }

  void write(const std::string& text) { std::ofstream(settings_.file, std::ios::app) << text; }
  std::unique_ptr<ndjson_bus> open() {
    auto sink = [this](const event& e) { ids_.emplace_back(e.id); };
    auto drops = [this](std::string_view why) { drops_.emplace_back(why); };
    return ndjson_bus::open(ctx_.get_executor(), settings_, sink, drops).value();
  }

  asio::io_context ctx_{1};
  config::bus_settings settings_;
  std::vector<std::string> ids_, drops_;
};

TEST_F(NdjsonBus, GoodLinesAreEventsAndBadOnesAreCounted) {
  write(R"({"topic":"a.b","msg":{},"msg_id":"1"})"
        "\nnot json\n{\"no\":\"topic\"}\n" +
        std::string(200, ' ') + "\n" + R"({"topic":"a.c","id":"2"})");
  auto bus = open();
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(drops_, (std::vector<std::string>{"malformed", "bad_topic", "too_large"}));
  EXPECT_EQ(bus->counts().lines, 5u);
  EXPECT_FALSE(bus->up());
}

TEST_F(NdjsonBus, OnlyThePrefixesAskedForReachTheSink) {
  settings_.topics = {"org."};
  write("{\"topic\":\"org.a\",\"id\":\"1\"}\n{\"topic\":\"com.a\",\"id\":\"2\"}\n");
  auto bus = open();
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_, std::vector<std::string>{"1"});
}

TEST_F(NdjsonBus, OthersGetTheirTurnBetweenChunks) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "{\"topic\":\"a\",\"id\":\"x\"}\n";
  write(many);
  auto bus = open();
  std::vector<std::size_t> seen;
  std::function<void()> other = [&] {
    seen.push_back(ids_.size());
    if (ids_.size() < 20'000) asio::post(ctx_, other);
  };
  asio::post(ctx_, other);
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_.size(), 20'000u);
  EXPECT_GE(seen.size(), many.size() / (32 * 1024));
}

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }

TEST_F(NdjsonBus, FollowingSeesLinesThatComeLater) {
  settings_.follow = true;
  write("{\"topic\":\"a\",\"id\":\"1\"}\n{\"topic\":");
  auto bus = open();
  task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("bus", bus->run());
  ASSERT_TRUE(test::drive(ctx_, [&] { return ids_.size() == 1; }));
  EXPECT_TRUE(bus->up());
  write("\"b\",\"id\":\"2\"}\n");
  ASSERT_TRUE(test::drive(ctx_, [&] { return ids_.size() == 2; }));
  test::run(ctx_, close(&scope));
}

TEST_F(NdjsonBus, AMissingFileIsAnErrorThatNamesIt) {
  settings_.file += ".none";
  auto made = ndjson_bus::open(ctx_.get_executor(), settings_, {}, {});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text().find(settings_.file), std::string::npos);
}

}  // namespace
}  // namespace freshet
