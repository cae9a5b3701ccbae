#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <filesystem>
#include <fstream>
#include <thread>
#include <zmq.hpp>

#include "app/replay/player.hpp"
#include "tests/app/cli.hpp"
#include "tests/app/temporary_file.hpp"
#include "tests/support/run.hpp"

namespace freshet::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using frames = std::pair<std::string, std::string>;

/// A real subscriber in its own thread that takes `expected` messages.
class subscriber {
 public:
  subscriber(std::string endpoint, std::size_t expected)
      : thread_([this, endpoint = std::move(endpoint), expected] { read(endpoint, expected); }) {}
  const std::vector<frames>& wait() {
    thread_.join();
    return got_;
  }

 private:
  void read(const std::string& endpoint, std::size_t expected) {
    zmq::context_t context(1);
    zmq::socket_t sub(context, zmq::socket_type::sub);
    sub.set(zmq::sockopt::rcvhwm, 0);
    sub.set(zmq::sockopt::rcvtimeo, 4000);
    sub.set(zmq::sockopt::linger, 0);
    sub.set(zmq::sockopt::subscribe, "");
    sub.connect(endpoint);
    zmq::message_t topic, body;
    while (got_.size() < expected && sub.recv(topic) && sub.recv(body)) {
      got_.emplace_back(topic.to_string(), body.to_string());
    }
  }
  std::vector<frames> got_;
  std::thread thread_;
};

asio::awaitable<void> play(player* p, result<>* ended) {
  *ended = co_await p->wait_for_subscriber();
  if (*ended) *ended = co_await p->run();
}

asio::awaitable<void> play_unheard(player* p, result<>* ended) { *ended = co_await p->run(); }

replay_options options_for(const std::string& file) {
  replay_options options;
  options.file = file;
  options.endpoint = "tcp://127.0.0.1:*";
  options.settle = 1ms;
  return options;
}

std::string line(std::string_view topic, int i) {
  return fmt::format(R"({{"i": {}, "msg": {{}}, "timestamp": {}, "topic": "{}"}})", i, 1000 + i,
                     topic);
}

TEST(Replay, PublishesTopicAndLineAndNamesBadLines) {
  const test::temporary_file file(line("a.b", 1) + "\nnot json\n" + "{\"msg\":{}}\n\r\n" +
                                  line("a.c", 2) + "\r\n[1]");
  asio::io_context ctx(1);
  std::vector<std::string> bad;
  const auto on_bad = [&](std::uint64_t number, std::string_view why) {
    bad.push_back(fmt::format("{} {}", number, why));
  };
  auto p = player::open(ctx.get_executor(), options_for(file.path), on_bad).value();
  subscriber reader(p->endpoint(), 2);
  result<> ended = fail(errc::closed);
  test::run(ctx, play(p.get(), &ended));
  p->finish();
  EXPECT_TRUE(ended);
  EXPECT_EQ(reader.wait(), (std::vector<frames>{{"a.b", line("a.b", 1)}, {"a.c", line("a.c", 2)}}));
  EXPECT_EQ(bad, (std::vector<std::string>{"2 malformed", "3 bad_topic", "6 malformed"}));
  EXPECT_EQ(p->counts().sent, 2u);
  EXPECT_EQ(p->counts().bad, 3u);
}

TEST(Replay, TheRecordedMessagesGoThroughAsTheyAre) {
  const std::string corpus = FRESHET_SOURCE_DIR "/../shared/corpus/fedmsg.ndjson";
  const std::string beside = FRESHET_SOURCE_DIR "/../../shared/corpus/fedmsg.ndjson";
  const auto& path = std::filesystem::exists(corpus) ? corpus : beside;
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "no recorded messages at " << corpus;
  std::vector<std::string> lines;
  for (std::string text; std::getline(in, text);) lines.push_back(text);
  asio::io_context ctx(1);
  auto p = player::open(ctx.get_executor(), options_for(path), [](auto, auto) {}).value();
  subscriber reader(p->endpoint(), lines.size());
  result<> ended;
  test::run(ctx, play(p.get(), &ended));
  p->finish();
  const auto& got = reader.wait();
  ASSERT_EQ(got.size(), 454u);
  EXPECT_EQ(p->counts().bad, 0u);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(got[i].second, lines[i]);
}

TEST(Replay, LoopsUntilStoppedAndARateHoldsItBack) {
  const test::temporary_file file(line("a.b", 1) + "\n" + line("a.c", 2) + "\n");
  asio::io_context ctx(1);
  auto options = options_for(file.path);
  options.loop = true;
  options.pace = pacer::at_rate(1000);
  auto p = player::open(ctx.get_executor(), options, [](auto, auto) {}).value();
  subscriber reader(p->endpoint(), 40);
  asio::cancellation_signal cancel;
  result<> ended;
  bool done = false;
  const auto on_end = [&done](std::exception_ptr) { done = true; };
  asio::co_spawn(ctx, play(p.get(), &ended), asio::bind_cancellation_slot(cancel.slot(), on_end));
  while (p->counts().sent < 40 && ctx.run_one() > 0) {
  }
  EXPECT_EQ(reader.wait().size(), 40u);
  EXPECT_GE(p->counts().rounds, 19u);
  EXPECT_FALSE(done);
  cancel.emit(asio::cancellation_type::terminal);
  ctx.run();
  EXPECT_TRUE(done);
}

TEST(Replay, ALoopOverNothingUsableEnds) {
  const test::temporary_file file("nothing\n");
  asio::io_context ctx(1);
  auto options = options_for(file.path);
  options.loop = true;
  auto p = player::open(ctx.get_executor(), options, [](auto, auto) {}).value();
  result<> ended = fail(errc::closed);
  test::run(ctx, play_unheard(p.get(), &ended));
  EXPECT_TRUE(ended);
  EXPECT_EQ(p->counts().bad, 1u);
}

TEST(Replay, NobodyListeningIsATimeout) {
  const test::temporary_file file(line("a.b", 1));
  asio::io_context ctx(1);
  auto options = options_for(file.path);
  options.subscription_wait = 5ms;
  auto p = player::open(ctx.get_executor(), options, [](auto, auto) {}).value();
  result<> ended;
  test::run(ctx, play(p.get(), &ended));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, errc::timed_out);
  EXPECT_EQ(p->counts().sent, 0u);
}

TEST(ReplayVerb, ReadsItsOptions) {
  const auto code = [](std::vector<std::string> args) {
    args.insert(args.begin(), "replay");
    return test::freshet(std::move(args)).code;
  };
  EXPECT_EQ(code({"--help"}), exit_ok);
  EXPECT_EQ(code({}), exit_usage);
  EXPECT_EQ(code({"f"}), exit_usage);
  EXPECT_EQ(code({"f", "--to", "127.0.0.1:1"}), exit_usage);
  EXPECT_EQ(code({"f", "--to", "tcp://127.0.0.1:*", "--rate", "fast"}), exit_usage);
  EXPECT_EQ(code({"f", "--to", "tcp://127.0.0.1:*", "--rate", "0/s"}), exit_usage);
  EXPECT_EQ(code({"f", "--to", "tcp://127.0.0.1:*", "--speed", "-1"}), exit_usage);
  EXPECT_EQ(code({"f", "--to", "tcp://127.0.0.1:*", "--speed", "2", "--rate", "5/s"}), exit_usage);
  EXPECT_EQ(code({"-", "--to", "tcp://127.0.0.1:*", "--loop"}), exit_usage);
  EXPECT_EQ(code({"/nowhere/x", "--to", "tcp://127.0.0.1:*", "--rate", "5", "--loop"}),
            exit_failed);
  EXPECT_EQ(code({"/nowhere/x", "--to", "tcp://127.0.0.1:*", "--speed", "100x"}), exit_failed);
}

TEST(ReplayVerb, PrintsTheCount) {
  const test::temporary_file file(line("a.b", 1) + "\noops\n" + line("a.b", 2) + "\n");
  const auto endpoint = fmt::format("ipc:///tmp/freshet_replay_test_{}", ::getpid());
  subscriber reader(endpoint, 2);
  const auto seen = test::freshet({"replay", file.path, "--to", endpoint});
  EXPECT_EQ(reader.wait().size(), 2u);
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "published 2 messages, 1 bad lines\n");
  EXPECT_NE(seen.err.find(file.path + ":2: not a JSON object that can be read\n"),
            std::string::npos)
      << seen.err;
}

}  // namespace
}  // namespace freshet::app
