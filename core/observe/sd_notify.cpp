#include "core/observe/sd_notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace freshet {
namespace {

error from_errno(std::string_view what) {
  return {{errno, boost::system::system_category()}, std::string(what)};
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return line;
}

std::string with_status(std::string_view lines, std::string_view status) {
  std::string all(lines);
  if (!status.empty()) all += "\nSTATUS=" + one_line(status);
  return all;
}

std::optional<std::uint64_t> number(const char* text) {
  std::uint64_t value = 0;
  const auto* end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, value);
  if (read.ec != std::errc{} || read.ptr != end || text == end) return {};
  return value;
}

}  // namespace

result<sd_notify> sd_notify::connect(std::string_view address) {
  sd_notify made;
  if (address.empty()) return made;
  const bool known = address.front() == '/' || address.front() == '@';
  // One byte is left for the final NUL of a path; an abstract name has none.
  if (!known || address.size() < 2 || address.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(errc::malformed,
                fmt::format("NOTIFY_SOCKET: expected a path or @name, found `{}`", address));
  }
  made.address_ = address;
  if (address.front() == '@') made.address_.front() = '\0';
  made.socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made.socket_ < 0) return from_errno("a datagram socket");
  const timeval second{1, 0};
  ::setsockopt(made.socket_, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  return made;
}

result<sd_notify> sd_notify::from_environment() {
  const char* address = std::getenv("NOTIFY_SOCKET");
  return connect(address == nullptr ? "" : address);
}

sd_notify::~sd_notify() {
  if (socket_ >= 0) ::close(socket_);
}

sd_notify::sd_notify(sd_notify&& other) noexcept
    : address_(std::move(other.address_)), socket_(std::exchange(other.socket_, -1)) {}

sd_notify& sd_notify::operator=(sd_notify&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(socket_, other.socket_);
  return *this;
}

result<> sd_notify::send(std::string_view lines, patience wait) {
  if (!active()) return {};
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  // Every byte of an abstract name counts, so the length must be exact.
  const auto length = offsetof(sockaddr_un, sun_path) + address_.size();
  const int flags = MSG_NOSIGNAL | (wait == patience::none ? MSG_DONTWAIT : 0);
  for (;;) {
    const auto sent = ::sendto(socket_, lines.data(), lines.size(), flags,
                               reinterpret_cast<const sockaddr*>(&to), socklen_t(length));
    if (sent >= 0) return {};
    if (errno != EINTR) return from_errno("telling the service manager");
  }
}

result<> sd_notify::ready(std::string_view status) {
  return send(with_status("READY=1", status), patience::second);
}

result<> sd_notify::stopping(std::string_view status) {
  return send(with_status("STOPPING=1", status), patience::second);
}

result<> sd_notify::reloading(mono_time now) {
  const auto usec =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", usec), patience::second);
}

result<> sd_notify::status(std::string_view text) {
  return send("STATUS=" + one_line(text), patience::none);
}

result<> sd_notify::watchdog() { return send("WATCHDOG=1", patience::none); }

std::optional<std::chrono::microseconds> watchdog_interval(const char* usec, const char* pid,
                                                           pid_t self) {
  if (usec == nullptr) return {};
  if (pid != nullptr && number(pid) != static_cast<std::uint64_t>(self)) return {};
  constexpr std::uint64_t year = 366ull * 86'400 * 1'000'000;
  const auto allowed = number(usec);
  if (!allowed || *allowed < 2 || *allowed > year) return {};
  return std::chrono::microseconds(*allowed / 2);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  return watchdog_interval(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid());
}

}  // namespace freshet
