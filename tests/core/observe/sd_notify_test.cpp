#include "core/observe/sd_notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>

namespace freshet {
namespace {

/// What a service manager has: a bound datagram socket.
class manager {
 public:
  /// The address as it stands in $NOTIFY_SOCKET.
  explicit manager(std::string name) : address(std::move(name)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, address.data(), address.size());
    if (address.front() == '@') at.sun_path[0] = '\0';
    const auto length = offsetof(sockaddr_un, sun_path) + address.size();
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&at), socklen_t(length)), 0);
  }
  ~manager() {
    ::close(socket_);
    if (address.front() == '/') std::filesystem::remove(address);
  }
  manager(const manager&) = delete;

  /// Loopback datagrams are there as soon as sendto() returned.
  std::string received() {
    std::array<char, 4096> bytes;
    const auto n = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return n < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(n));
  }
  const std::string address;

 private:
  int socket_ = -1;
};

std::string fresh_path() {
  return (std::filesystem::temp_directory_path() / ("sd_notify_" + std::to_string(::getpid())))
      .string();
}

TEST(SdNotify, SaysEachStateOverAPath) {
  manager systemd(fresh_path());
  auto notify = sd_notify::connect(systemd.address).value();
  ASSERT_TRUE(notify.active());
  EXPECT_TRUE(notify.ready());
  EXPECT_EQ(systemd.received(), "READY=1");
  EXPECT_TRUE(notify.ready("12 pages"));
  EXPECT_EQ(systemd.received(), "READY=1\nSTATUS=12 pages");
  EXPECT_TRUE(notify.status("two\nlines"));
  EXPECT_EQ(systemd.received(), "STATUS=two lines");
  EXPECT_TRUE(notify.watchdog());
  EXPECT_EQ(systemd.received(), "WATCHDOG=1");
  EXPECT_TRUE(notify.reloading(mono_time{std::chrono::microseconds{1'234'567}}));
  EXPECT_EQ(systemd.received(), "RELOADING=1\nMONOTONIC_USEC=1234567");
  EXPECT_TRUE(notify.stopping());
  EXPECT_EQ(systemd.received(), "STOPPING=1");
}

TEST(SdNotify, AnAbstractNameIsExact) {
  manager systemd("@sd_notify_test_" + std::to_string(::getpid()));
  manager longer(systemd.address + "0");
  auto notify = sd_notify::connect(systemd.address).value();
  EXPECT_TRUE(notify.ready());
  EXPECT_EQ(systemd.received(), "READY=1");
  EXPECT_EQ(longer.received(), "nothing");
}

TEST(SdNotify, MovesItsSocket) {
  manager systemd(fresh_path());
  sd_notify first = sd_notify::connect(systemd.address).value();
  sd_notify second = std::move(first);
  EXPECT_FALSE(
      first.active());  // NOLINT(bugprone-use-after-move): inactive is its moved-from state
  EXPECT_TRUE(second.watchdog());
  EXPECT_EQ(systemd.received(), "WATCHDOG=1");
}

TEST(SdNotify, WithoutAManagerEverythingIsFine) {
  auto notify = sd_notify::connect("").value();
  EXPECT_FALSE(notify.active());
  EXPECT_TRUE(notify.ready());
  EXPECT_TRUE(notify.watchdog());
}

TEST(SdNotify, AManagerThatIsGoneIsAnErrorNotASignal) {
  const auto path = fresh_path();
  {
    manager systemd(path);
  }
  auto notify = sd_notify::connect(path).value();
  const auto sent = notify.ready();
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().text().find("service manager"), std::string::npos);
}

TEST(SdNotify, AStatusNeverWaitsForASlowManager) {
  manager systemd(fresh_path());
  auto notify = sd_notify::connect(systemd.address).value();
  int sent = 0;
  while (sent < 100'000 && notify.status("busy")) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 100'000);  // the queue was full, and we were told at once
}

TEST(SdNotify, RefusesAddressesThatAreNone) {
  EXPECT_FALSE(sd_notify::connect("relative/path"));
  EXPECT_FALSE(sd_notify::connect("@"));
  EXPECT_FALSE(sd_notify::connect("vsock:2:1234"));
  EXPECT_FALSE(sd_notify::connect("/" + std::string(200, 'x')));
}

TEST(WatchdogInterval, IsHalfOfWhatTheManagerAllows) {
  using std::chrono::microseconds;
  EXPECT_EQ(watchdog_interval("30000000", nullptr, 7), microseconds(15'000'000));
  EXPECT_EQ(watchdog_interval("30000000", "7", 7), microseconds(15'000'000));
  EXPECT_EQ(watchdog_interval("30000000", "8", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("30000000", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval(nullptr, nullptr, 7), std::nullopt);
  for (const char* bad : {"", "0", "1", "-5", "30s", "99999999999999999999"}) {
    EXPECT_EQ(watchdog_interval(bad, nullptr, 7), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace freshet
