#include "net/sse/sender.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <vector>

#include "net/sse/socket_stream.hpp"

namespace freshet::sse {
namespace {

/// Streams over socket pairs; `far` is the other end of each.
class Sender : public testing::TestWithParam<bool> {
 protected:
  asio::io_context ctx{1};
  socket_watch watch{ctx.get_executor(), [](std::uint64_t, readiness) {}};
  std::vector<std::unique_ptr<socket_stream>> streams;
  std::vector<int> far;

  void open(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      int pair[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
      streams.push_back(std::make_unique<socket_stream>(pair[0], watch));
      far.push_back(pair[1]);
    }
  }
  ~Sender() override {
    for (const int each : far) ::close(each);
  }
  std::vector<letter> write(std::string_view bytes) {
    std::vector<letter> out;
    for (const auto& s : streams) out.push_back({s.get(), bytes});
    const auto made = GetParam() ? make_batch_sender() : std::make_unique<direct_sender>();
    made->send(out);
    return out;
  }
  std::string read(std::size_t which) {
    std::string out(1 << 20, '\0');
    const auto got = ::recv(far[which], out.data(), out.size(), MSG_DONTWAIT);
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }
};

TEST_P(Sender, WritesToEach) {
  open(300);  // more than one batch
  for (const auto& each : write("an event")) EXPECT_EQ(each.taken, 8);
  for (std::size_t i = 0; i < far.size(); ++i) EXPECT_EQ(read(i), "an event");
}

TEST_P(Sender, SaysWhatEachTook) {
  open(3);
  ::close(std::exchange(far[1], ::dup(0)));
  const std::string much(1 << 20, 'x');
  const auto first = write(much);
  EXPECT_GT(first[0].taken, 0);
  EXPECT_LT(first[0].taken, 1 << 20) << "the kernel holds a bounded part";
  EXPECT_EQ(first[1].taken, -1) << "nobody is there";
  const auto second = write(much);
  EXPECT_EQ(second[0].taken, 0) << "full";
  EXPECT_EQ(read(2).size(), static_cast<std::size_t>(first[2].taken));
}

/// The descriptor of this process's ring; -1 = none.
int ring_descriptor() {
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(each.path(), gone) == "anon_inode:[io_uring]")
      return std::stoi(each.path().filename());
  }
  return -1;
}

using BrokenRing = Sender;

TEST_P(BrokenRing, EndsTheStreamsOfItsBatchAndTheOthersAreServed) {
  open(3);
  const auto sends = make_batch_sender();
  const int ring = ring_descriptor();
  if (ring < 0) GTEST_SKIP() << "no io_uring here";
  ::close(ring);
  std::vector<letter> letters;
  for (const auto& s : streams) letters.push_back({s.get(), "an event"});
  sends->send(letters);
  for (const auto& each : letters) EXPECT_EQ(each.taken, -1) << "nobody knows what has left";
  sends->send(letters);
  for (const auto& each : letters) EXPECT_EQ(each.taken, 8) << "without the ring";
}

INSTANTIATE_TEST_SUITE_P(Kinds, BrokenRing, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Kinds, Sender, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "batch" : "direct");
});

}  // namespace
}  // namespace freshet::sse
