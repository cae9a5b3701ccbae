#include "app/replay/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

std::string_view without_return(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

result<std::unique_ptr<line_reader>> line_reader::open(asio::io_context::executor_type ex,
                                                       const std::string& path,
                                                       std::size_t line_max) {
  const int fd = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                             : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(errc::missing, path + ": " + std::strerror(errno));
  struct stat info{};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    return fail(errc::missing, path + ": not a file of messages");
  }
  // What is shared with others (standard input) must not become non-blocking; it is waited for and
  // then read. /dev/null and the like are refused by epoll too, and never block.
  const bool waitable = S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || ::isatty(fd) == 1;
  const auto total = S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  return std::unique_ptr<line_reader>(new line_reader(ex, fd, !waitable, total, line_max));
}

line_reader::line_reader(asio::io_context::executor_type ex, int fd, bool regular,
                         std::uint64_t bytes_total, std::size_t line_max)
    : fd_(fd), regular_(regular), line_max_(line_max), bytes_total_(bytes_total) {
  if (!regular_) waiter_.emplace(ex, fd_);
}

line_reader::~line_reader() {
  if (waiter_) waiter_->release();
  ::close(fd_);
}

bool line_reader::rewind() {
  if (!regular_ || ::lseek(fd_, 0, SEEK_SET) != 0) return false;
  buffer_.clear();
  at_ = seen_ = 0;
  bytes_ = number_ = 0;
  skipping_ = ended_ = false;
  return true;
}

bool line_reader::cut(line& into) {
  for (;;) {
    const auto end = buffer_.find('\n', seen_);
    if (end == std::string::npos) {
      seen_ = buffer_.size();
      if (seen_ - at_ <= line_max_ + 1) return false;  // one more for a carriage return
      skipping_ = true;
      at_ = seen_;
      return false;
    }
    const auto text = without_return(std::string_view(buffer_).substr(at_, end - at_));
    at_ = seen_ = end + 1;
    ++number_;
    const bool too_long = std::exchange(skipping_, false) || text.size() > line_max_;
    if (text.empty() && !too_long) continue;
    into = {number_, too_long ? std::string_view{} : text, too_long};
    return true;
  }
}

asio::awaitable<result<bool>> line_reader::fill() {
  if (waiter_) {
    co_await waiter_->async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred);
  }
  buffer_.erase(0, at_);
  seen_ -= at_;
  at_ = 0;
  const auto held = buffer_.size();
  buffer_.resize(held + chunk_bytes);
  const auto got = ::read(fd_, buffer_.data() + held, chunk_bytes);
  const int failed = errno;
  buffer_.resize(held + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got < 0 && failed != EINTR && failed != EAGAIN) {
    co_return error({failed, boost::system::system_category()}, "reading recorded messages");
  }
  bytes_ += got > 0 ? static_cast<std::uint64_t>(got) : 0;
  co_return got != 0;
}

asio::awaitable<result<std::optional<line_reader::line>>> line_reader::next() {
  line found;
  while (!cut(found)) {
    if (ended_) co_return std::optional<line>();
    auto more = co_await fill();
    if (!more) co_return more.error();
    if (*more) continue;
    ended_ = true;
    buffer_ += '\n';  // the last line may have no end of its own
  }
  co_return std::optional<line>(found);
}

}  // namespace freshet::app
