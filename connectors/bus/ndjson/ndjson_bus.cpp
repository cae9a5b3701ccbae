#include "connectors/bus/ndjson/ndjson_bus.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/bus/ndjson/line_splitter.hpp"
#include "core/async/tokens.hpp"

namespace freshet {

class ndjson_bus::reader {
 public:
  reader(asio::io_context::executor_type ex, config::bus_settings s, int fd, bool regular,
         event_sink on_event, drop_sink on_drop)
      : settings(std::move(s)),
        regular_(regular),
        fd_(fd),
        ex_(ex),
        decoder_(settings.name, settings.max_message),
        splitter_(settings.max_message),
        on_event_(std::move(on_event)),
        on_drop_(std::move(on_drop)) {
    // epoll refuses regular files; pipes and terminals are waited for, and read when ready, so that
    // the shared description of standard input never becomes non-blocking for others.
    if (!regular_) waiter_.emplace(ex_, fd_);
  }
  ~reader() {
    if (waiter_) waiter_->release();
    ::close(fd_);
  }
  reader(const reader&) = delete;

  asio::awaitable<void> run();
  void take(std::string_view line);
  std::string position() const;
  bool resume(std::string_view position);

  config::bus_settings settings;
  ndjson_counts counts;
  bool up = false;

 private:
  void drop(const refused_message& message, std::uint64_t lines = 1);
  asio::awaitable<void> pause();
  void restart_if_truncated();
  std::string position_at(std::uint64_t offset, std::uint64_t inode) const;

  bool regular_;
  int fd_;
  asio::io_context::executor_type ex_;
  std::optional<asio::posix::stream_descriptor> waiter_;
  message_decoder decoder_;
  line_splitter splitter_;
  event_sink on_event_;
  drop_sink on_drop_;
  std::array<char, 32 * 1024> chunk_;
};

void ndjson_bus::reader::drop(const refused_message& message, std::uint64_t lines) {
  for (; lines > 0; --lines) {
    ++counts.lines;
    ++counts.dropped;
    on_drop_(message);
  }
}

void ndjson_bus::reader::take(std::string_view line) {
  auto message = decoder_.decode_line(line);
  if (!message) {
    drop({message.drop, {}, line});
    return;
  }
  ++counts.lines;
  ++counts.events;
  const auto wanted = [&](const std::string& prefix) {
    return message.value.topic.starts_with(prefix);
  };
  const auto& topics = settings.topics;
  if (topics.empty() || std::any_of(topics.begin(), topics.end(), wanted)) on_event_(message.value);
}

/// "OFFSET INODE HASH": the hash is of the first bytes before the offset.
std::string ndjson_bus::reader::position() const {
  struct stat info{};
  if (!regular_ || ::fstat(fd_, &info) != 0) return {};
  const auto at = ::lseek(fd_, 0, SEEK_CUR);
  if (at < 0) return {};
  return position_at(static_cast<std::uint64_t>(at) - splitter_.held(), info.st_ino);
}

std::string ndjson_bus::reader::position_at(std::uint64_t offset, std::uint64_t inode) const {
  std::array<char, 256> begins{};
  const auto got = ::pread(fd_, begins.data(), std::min<std::uint64_t>(offset, begins.size()), 0);
  if (got < 0) return {};
  const auto hash = XXH3_64bits(begins.data(), static_cast<std::size_t>(got));
  return fmt::format("{} {} {:016x}", offset, inode, hash);
}

bool ndjson_bus::reader::resume(std::string_view position) {
  std::uint64_t offset = 0;
  const auto* const end = position.data() + position.size();
  const auto read = std::from_chars(position.data(), end, offset);
  struct stat info{};
  if (!regular_ || read.ec != std::errc{} || ::fstat(fd_, &info) != 0) return false;
  if (static_cast<std::uint64_t>(info.st_size) < offset) return false;
  if (position_at(offset, info.st_ino) != position) return false;
  return ::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) >= 0;
}

asio::awaitable<void> ndjson_bus::reader::pause() {
  asio::steady_timer timer(ex_, std::chrono::milliseconds(200));
  co_await timer.async_wait(asio::deferred);
}

void ndjson_bus::reader::restart_if_truncated() {
  struct stat info{};
  const auto at = ::lseek(fd_, 0, SEEK_CUR);
  if (at > 0 && ::fstat(fd_, &info) == 0 && info.st_size < at) ::lseek(fd_, 0, SEEK_SET);
}

asio::awaitable<void> ndjson_bus::reader::run() {
  up = true;
  const line_splitter::line_sink visit = [this](std::string_view line) { take(line); };
  for (;;) {
    if (waiter_) {
      co_await waiter_->async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred);
    } else {
      co_await asio::post(ex_, asio::deferred);
    }
    const auto got = ::read(fd_, chunk_.data(), chunk_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) {
      drop("read_error");
      break;
    }
    if (got > 0) {
      drop("too_large", splitter_.feed({chunk_.data(), static_cast<std::size_t>(got)}, visit));
    } else if (settings.follow && regular_) {
      restart_if_truncated();
      co_await pause();
    } else {
      splitter_.finish(visit);
      break;
    }
  }
  up = false;
}

result<std::unique_ptr<ndjson_bus>> ndjson_bus::open(asio::io_context::executor_type ex,
                                                     config::bus_settings settings,
                                                     event_sink on_event, drop_sink on_drop) {
  const bool standard_input = settings.file == "-";
  const int fd = standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                : ::open(settings.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(errc::missing, settings.file + ": " + std::strerror(errno));
  struct stat info{};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    return fail(errc::missing, settings.file + ": not a file of messages");
  }
  // /dev/null and the like are refused by epoll too, and never block.
  const bool waitable = S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || ::isatty(fd) == 1;
  auto impl = std::make_unique<reader>(ex, std::move(settings), fd, !waitable, std::move(on_event),
                                       std::move(on_drop));
  return std::unique_ptr<ndjson_bus>(new ndjson_bus(std::move(impl)));
}

ndjson_bus::ndjson_bus(std::unique_ptr<reader> impl) : reader_(std::move(impl)) {}
ndjson_bus::~ndjson_bus() = default;
std::string_view ndjson_bus::name() const { return reader_->settings.name; }
bool ndjson_bus::up() const { return reader_->up; }
bool ndjson_bus::take_again(std::string_view, std::string_view bytes) {
  reader_->take(bytes);
  return true;
}
std::string ndjson_bus::position() const { return reader_->position(); }
bool ndjson_bus::resume(std::string_view position) { return reader_->resume(position); }
const ndjson_counts& ndjson_bus::counts() const { return reader_->counts; }
asio::awaitable<void> ndjson_bus::run() { return reader_->run(); }

}  // namespace freshet
