#include "store/journal/journal_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/journal/journal_errc.hpp"

namespace freshet {
namespace {

std::string holder(int fd) {
  std::array<char, 32> text{};
  const auto got = ::pread(fd, text.data(), text.size(), 0);
  std::string pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (const auto end = pid.find_first_not_of("0123456789"); end != std::string::npos)
    pid.resize(end);
  return pid.empty() ? "" : " (process " + pid + ")";
}

}  // namespace

result<journal_lock> journal_lock::take(const std::string& journal) {
  const auto path = journal + ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return error(journal_errc::unusable, path + ": " + std::strerror(errno));
  journal_lock made(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return error(journal_errc::unusable, path + ": " + std::strerror(errno));
    return error(journal_errc::in_use,
                 fmt::format("{} belongs to another freshet that runs{}", journal, holder(fd)));
  }
  // Who has it is for people only; a disk that is full does not keep anybody from starting.
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) static_cast<void>(!::pwrite(fd, pid.data(), pid.size(), 0));
  return made;
}

journal_lock::journal_lock(journal_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

journal_lock::~journal_lock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace freshet
