/// From an event's arrival to the bytes of its SSE frame, seen from outside, while hits are served.
///
///   bench_event_to_stream PORT 'GET /-/demo/event' /.well-known/mercure?match=/a.json HIT_PATH
///                         [HITS_PER_SECOND = 20000] [SECONDS = 10]
///
/// One event at a time: the trigger request leaves, and the clock runs until the stream has a
/// frame. Against `sse_ref` the trigger is its POST. Loopback only.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::microseconds;

class connection {
 public:
  explicit connection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("cannot connect");
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  connection(const connection&) = delete;
  ~connection() { close(fd_); }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
      if (n < 0 && errno != EAGAIN) throw std::runtime_error("the server closed a connection");
    }
  }
  /// How often `what` came since the last call; a part of it at the end is kept for the next.
  std::size_t count(std::string_view what) {
    char buffer[65536];
    for (;;) {
      const auto n = recv(fd_, buffer, sizeof buffer, 0);
      if (n == 0) throw std::runtime_error("the server closed a connection");
      if (n < 0) break;
      rest_.append(buffer, static_cast<std::size_t>(n));
    }
    std::size_t found = 0, at = 0;
    for (std::size_t next; (next = rest_.find(what, at)) != std::string::npos; ++found)
      at = next + what.size();
    rest_.erase(0, std::max(at, rest_.size() - std::min(rest_.size(), what.size() - 1)));
    return found;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string rest_;
};

std::string request(std::string_view line) {
  std::string out(line);
  if (out.find(' ') == std::string::npos) out = "GET " + out;
  return out + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
         (out.starts_with("POST") ? "Content-Length: 4\r\n\r\nx\r\n\n" : "\r\n");
}

/// So many hits a second over a few connections, one request each at a time.
class hits {
 public:
  hits(int port, std::string_view target, std::size_t per_second)
      : text_(request(target)), per_second_(per_second) {
    for (int i = 0; per_second > 0 && i < 32; ++i) all_.push_back(std::make_unique<lane>(port));
  }
  void step(steady::time_point now) {
    if (begun_ == steady::time_point{}) begun_ = now;
    const auto due = static_cast<std::size_t>(std::chrono::duration<double>(now - begun_).count() *
                                              static_cast<double>(per_second_));
    for (auto& lane : all_) {
      if (lane->busy && lane->to.count("HTTP/1.1 ") > 0) {
        lane->busy = false;
        ++served_;
      }
      if (lane->busy || sent_ >= due) continue;
      lane->to.send(text_);
      lane->busy = true;
      ++sent_;
    }
  }
  std::size_t served() const { return served_; }

 private:
  struct lane {
    explicit lane(int port) : to(port) {}
    connection to;
    bool busy = false;
  };
  std::string text_;
  std::size_t per_second_, sent_ = 0, served_ = 0;
  steady::time_point begun_{};
  std::vector<std::unique_ptr<lane>> all_;
};

int run(int port, std::string_view trigger, std::string_view stream, std::string_view target,
        std::size_t per_second, double seconds) {
  connection events(port), from(port);
  hits load(port, target, per_second);
  from.send(request(stream));
  const auto fire = request(trigger);
  std::vector<double> took;
  std::size_t lost = 0;
  const auto begin = steady::now();
  auto sent = begin, next = begin + std::chrono::milliseconds(300);  // the stream opens meanwhile
  bool waiting = false;
  for (auto now = begin; now < begin + std::chrono::duration<double>(seconds);
       now = steady::now()) {
    load.step(now);
    events.count("HTTP/1.1 ");
    const bool frame = from.count("\ndata:") > 0;
    now = steady::now();
    if (waiting && frame) {
      took.push_back(std::chrono::duration<double, std::micro>(now - sent).count());
      waiting = false;
      next = now + microseconds(2000);
    } else if (waiting && now - sent > std::chrono::seconds(1)) {
      ++lost;
      waiting = false;
    }
    if (!waiting && now >= next) {
      sent = steady::now();
      events.send(fire);
      waiting = true;
    }
  }
  if (took.empty()) throw std::runtime_error("no frame came");
  std::sort(took.begin(), took.end());
  const auto at = [&](double share) {
    return took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))];
  };
  const auto whole = std::chrono::duration<double>(steady::now() - begin).count();
  std::printf(
      "%zu events, %zu without a frame; p50 %.0f us, p90 %.0f us, p99 %.0f us, "
      "longest %.0f us; %.0f hits/s\n",
      took.size(), lost, at(0.5), at(0.9), at(0.99), took.back(),
      static_cast<double>(load.served()) / whole);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) {
    std::fputs("PORT TRIGGER STREAM HIT_PATH [HITS_PER_SECOND] [SECONDS]\n", stderr);
    return 2;
  }
  try {
    return run(std::atoi(words[1]), words[2], words[3], words[4],
               count > 5 ? std::strtoull(words[5], nullptr, 10) : 20'000,
               count > 6 ? std::atof(words[6]) : 10);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
}
