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

std::string line(int id) { return R"({"topic":"a","id":")" + std::to_string(id) + "\"}\n"; }

TEST_F(NdjsonBus, AnotherRunGoesOnBehindThePosition) {
  write(line(1) + line(2));
  std::string position;
  {
    auto bus = open();
    EXPECT_NE(bus->position(), "") << "a file has positions from the start";
    test::run(ctx_, bus->run());
    position = bus->position();
  }
  write(line(3));
  ctx_.restart();
  auto bus = open();
  EXPECT_TRUE(bus->resume(position));
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_, (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(NdjsonBus, ALineThatIsNotWholeIsBehindThePosition) {
  settings_.follow = true;
  write(line(1) + R"({"topic":"a",)");
  std::string position;
  {
    auto bus = open();
    task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
    scope.spawn("bus", bus->run());
    ASSERT_TRUE(test::drive(ctx_, [&] { return ids_.size() == 1; }));
    position = bus->position();
    test::run(ctx_, close(&scope));
  }
  write("\"id\":\"2\"}\n");
  settings_.follow = false;
  ctx_.restart();
  auto bus = open();
  EXPECT_TRUE(bus->resume(position));
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_, (std::vector<std::string>{"1", "2"}));
}

TEST_F(NdjsonBus, AnotherFileIsReadFromItsBeginning) {
  write(line(1) + line(2));
  const auto position = open()->position();
  std::string end;
  {
    auto bus = open();
    test::run(ctx_, bus->run());
    end = bus->position();
  }
  EXPECT_NE(position, end);
  for (const std::string wrong : {"", "x", "7", "99999 1 0", "-1 1 0"})
    EXPECT_FALSE(open()->resume(wrong)) << wrong;
  // Shorter than it was; then as long, but something else.
  std::ofstream(settings_.file, std::ios::trunc) << line(7);
  EXPECT_FALSE(open()->resume(end));
  std::ofstream(settings_.file, std::ios::trunc) << line(7) + line(8) + line(9);
  EXPECT_FALSE(open()->resume(end));
  ids_.clear();
  ctx_.restart();
  auto bus = open();
  EXPECT_FALSE(bus->resume(end));
  test::run(ctx_, bus->run());
  EXPECT_EQ(ids_, (std::vector<std::string>{"7", "8", "9"}));
}

TEST_F(NdjsonBus, AMissingFileIsAnErrorThatNamesIt) {
  settings_.file += ".none";
  auto made = ndjson_bus::open(ctx_.get_executor(), settings_, {}, {});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text().find(settings_.file), std::string::npos);
}

}  // namespace
}  // namespace freshet
