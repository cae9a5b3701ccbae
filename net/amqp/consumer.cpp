#include "net/amqp/consumer.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cassert>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "core/async/tokens.hpp"
#include "core/clock.hpp"
#include "core/observe/log.hpp"

namespace freshet {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

/// A lookup that may be left alone. `wake` is a descriptor of its own for the event that its end
/// is.
struct lookup_flight {
  explicit lookup_flight(int event) : wake(::dup(event)) {}
  ~lookup_flight() { ::close(wake); }
  lookup_flight(const lookup_flight&) = delete;

  int wake;
  std::mutex mutex;
  std::optional<result<host_lookup::addresses>> found;
};

void wake_up(int event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto full = ::write(event, &one, sizeof one);  // wakes as well
}

}  // namespace

/// What the loop and the thread share.
///
/// Lifetime: shared with the posts that are under way to the loop.
class amqp_consumer::worker : public std::enable_shared_from_this<worker> {
 public:
  worker(asio::io_context::executor_type ex, amqp_consumer_options options)
      : options_(std::move(options)),
        most_(std::max<std::size_t>(64, std::size_t{options_.prefetch} * 2)),
        random_(options_.seed),
        ex_(ex),
        arrived_(ex, mono_time::max()) {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) throw std::bad_alloc();
    attempts_.given_up = [this] { return look().stop; };
  }
  ~worker() { ::close(wake_); }

  // On the loop.
  void start() {
    thread_ = std::thread([self = shared_from_this()] { self->live(); });
    pthread_setname_np(thread_.native_handle(), ("amqp-" + options_.name).substr(0, 15).c_str());
  }
  asio::awaitable<void> news() {
    while (!std::exchange(told_, false)) {
      arrived_.expires_at(mono_time::max());
      co_await arrived_.async_wait(use_result);
    }
  }
  std::optional<amqp_message> take() {
    const std::lock_guard lock(mutex_);
    if (messages_.empty()) return std::nullopt;
    auto out = std::move(messages_.front());
    messages_.pop_front();
    return out;
  }
  amqp_status status() const {
    const std::lock_guard lock(mutex_);
    auto out = status_;
    out.waiting += messages_.size();
    return out;
  }
  void acknowledge(std::uint64_t connection, std::uint64_t tag) {
    const std::lock_guard lock(mutex_);
    if (connection != status_.connections || tag <= acknowledged_) return;
    acknowledged_ = tag;
    wake();
  }
  void reconnect() {
    const std::lock_guard lock(mutex_);
    again_ = true;
    wake();
  }
  asio::awaitable<void> stop() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (!thread_.joinable()) co_return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake();
    }
    while (!ended_) {
      arrived_.expires_at(mono_time::max());
      co_await arrived_.async_wait(use_result);
    }
    thread_.join();
  }

 private:
  struct orders {
    bool stop = false;
    bool again = false;
    std::uint64_t acknowledged = 0;
  };

  void wake() { wake_up(wake_); }
  orders look() {
    std::uint64_t many = 0;
    [[maybe_unused]] const auto none = ::read(wake_, &many, sizeof many);
    const std::lock_guard lock(mutex_);
    return {stopping_, again_, acknowledged_};
  }
  /// REQUIRES: the mutex is held.
  void tell() {
    if (std::exchange(telling_, true)) return;
    asio::post(ex_, [self = shared_from_this()] { self->hear(); });
  }
  void hear() {  // on the loop
    {
      const std::lock_guard lock(mutex_);
      telling_ = false;
      ended_ = ending_;
    }
    told_ = true;
    arrived_.cancel();
  }

  // On the thread.
  void live();
  result<std::unique_ptr<amqp_connection>> connect();
  result<> find(const std::string& host);
  orders pause(unsigned failures);
  error consume(amqp_connection& on);
  result<> read_all(amqp_connection& from);
  result<> hand_over(amqp_delivery message);
  result<> look_at_queue(amqp_connection& on);
  void note_up(const amqp_connection& made);
  void note_down(const error& why);
  void wait(int descriptor, nanoseconds at_most) const;

  const amqp_consumer_options options_;
  const std::size_t most_;
  std::mt19937_64 random_;  // the thread's
  amqp_attempts attempts_;  // the thread's
  mono_time up_since_{};    // the thread's
  mono_time counted_{};     // the thread's
  asio::io_context::executor_type ex_;
  asio::steady_timer arrived_;  // the loop's
  bool told_ = false;           // the loop's
  bool ended_ = false;          // the loop's
  int wake_ = -1;
  mutable std::mutex mutex_;
  std::deque<amqp_message> messages_;
  amqp_status status_;
  std::uint64_t acknowledged_ = 0;  // of the connection that is up
  bool telling_ = false;
  bool stopping_ = false;
  bool again_ = false;
  bool ending_ = false;
  std::thread thread_;
};

void amqp_consumer::worker::wait(int descriptor, nanoseconds at_most) const {
  pollfd both[] = {{wake_, POLLIN, 0}, {descriptor, POLLIN, 0}};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
  ::poll(both, descriptor < 0 ? 1 : 2, static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
}

void amqp_consumer::worker::live() {
  for (unsigned failures = 0;;) {
    if (look().stop) break;
    auto made = connect();
    error why;
    if (made) {
      note_up(**made);
      why = consume(**made);
      // One that takes us in and throws us out again is no better than one that is not there.
      if (steady_clock::now() - up_since_ > std::chrono::seconds(10)) failures = 0;
    } else {
      why = made.error();
    }
    note_down(why);
    if (made) made->reset();  // after the news: its end may take a while
    if (pause(++failures).stop) break;
  }
  const std::lock_guard lock(mutex_);
  ending_ = true;
  tell();
}

result<std::unique_ptr<amqp_connection>> amqp_consumer::worker::connect() {
  const auto what = options_.what();
  if (!what) return what.error();
  if (auto known = find(what->at.host); !known) return known.error();
  return amqp_connection::open(*what, attempts_);
}

/// The library looks names up itself, for as long as the system's resolver takes, and we could not
/// leave meanwhile. So the name is looked up here before: what hangs then, hangs alone.
result<> amqp_consumer::worker::find(const std::string& host) {
  boost::system::error_code no_literal;
  asio::ip::make_address(host, no_literal);
  if (!no_literal) return {};
  const auto flight = std::make_shared<lookup_flight>(wake_);
  auto work = [flight, host, ask = options_.look_up] {
    auto found = ask(host);
    const std::lock_guard lock(flight->mutex);
    flight->found = std::move(found);
    wake_up(flight->wake);
  };
  if (auto began = look_up_apart(std::move(work)); !began) return began.error();
  for (;;) {
    if (look().stop) return fail(errc::closed, "asked to leave");
    {
      const std::lock_guard lock(flight->mutex);
      if (flight->found && !*flight->found)
        return fail(errc::closed, "no address of " + host + ": " + flight->found->error().detail);
      if (flight->found) return {};
    }
    wait(-1, std::chrono::minutes(1));
  }
}

/// Anything up to the time that the failures so far are worth.
amqp_consumer::worker::orders amqp_consumer::worker::pause(unsigned failures) {
  const auto most = std::min<nanoseconds>(options_.retry_max,
                                          options_.retry_first * (1 << std::min(failures, 10u)));
  std::uniform_int_distribution<std::int64_t> any(0, most.count());
  const auto until = steady_clock::now() + nanoseconds(any(random_));
  for (;;) {
    const auto told = look();
    const auto left = until - steady_clock::now();
    if (told.stop || left <= nanoseconds::zero()) return told;
    wait(-1, left);
  }
}

void amqp_consumer::worker::note_up(const amqp_connection& made) {
  up_since_ = counted_ = steady_clock::now();
  const bool is_new = std::exchange(attempts_.began_queue, false);
  logger().info("bus {}: connected, {} queue {}, {} messages wait", options_.name,
                is_new ? "new" : "its", made.queue(), made.waiting());
  const std::lock_guard lock(mutex_);
  status_.up = true;
  ++status_.connections;
  if (is_new) ++status_.new_queues;
  status_.waiting = made.waiting();
  status_.trouble.clear();
  acknowledged_ = 0;
  again_ = false;
  // A broker whose queue was there all the time gives them again; else nobody has them but us.
  if (!is_new) messages_.clear();
  tell();
}

void amqp_consumer::worker::note_down(const error& why) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (status_.trouble != why.detail) logger().warn("bus {}: {}", options_.name, why.detail);
  status_.up = false;
  status_.trouble = why.detail;
  tell();
}

/// Until it breaks, or somebody wants it to end.
error amqp_consumer::worker::consume(amqp_connection& on) {
  std::uint64_t acknowledged = 0;
  for (;;) {
    const auto told = look();
    if (told.acknowledged > acknowledged) {
      acknowledged = told.acknowledged;
      if (auto done = on.acknowledge(acknowledged); !done) return done.error();
    }
    if (told.stop || told.again) return fail(errc::closed, "asked to connect anew");
    // Its answer may have messages before it, which the library then holds: nothing to wait for.
    if (auto done = look_at_queue(on); !done) return done.error();
    if (auto done = read_all(on); !done) return done.error();
    wait(on.descriptor(), std::chrono::seconds(1));
  }
}

result<> amqp_consumer::worker::read_all(amqp_connection& from) {
  for (;;) {
    auto next = from.read();
    if (!next) return next.error();
    if (!*next) break;
    if (auto done = hand_over(std::move(**next)); !done) return done.error();
  }
  const std::lock_guard lock(mutex_);
  const bool caught_up = from.waiting() == 0 && status_.waiting != 0;
  status_.waiting = from.waiting();
  if (caught_up) tell();
  return {};
}

result<> amqp_consumer::worker::hand_over(amqp_delivery message) {
  const std::lock_guard lock(mutex_);
  if (messages_.size() >= most_)
    return fail(errc::overloaded, "the broker sends more than the prefetch");
  messages_.push_back({status_.connections, std::move(message)});
  tell();
  return {};
}

/// Whether it is there at all, too: not every broker tells.
result<> amqp_consumer::worker::look_at_queue(amqp_connection& on) {
  const auto now = steady_clock::now();
  if (now - counted_ < options_.count_every) return {};
  counted_ = now;
  const auto waiting = on.count();
  if (!waiting) return waiting.error();
  const std::lock_guard lock(mutex_);
  const bool news = (*waiting == 0) != (status_.waiting == 0);
  status_.waiting = *waiting;
  if (news) tell();
  return {};
}

amqp_consumer::amqp_consumer(asio::io_context::executor_type ex, amqp_consumer_options options)
    : worker_(std::make_shared<worker>(ex, std::move(options))) {}

amqp_consumer::~amqp_consumer() = default;

void amqp_consumer::start() { worker_->start(); }
asio::awaitable<void> amqp_consumer::news() { return worker_->news(); }
std::optional<amqp_message> amqp_consumer::take() { return worker_->take(); }
amqp_status amqp_consumer::status() const { return worker_->status(); }
void amqp_consumer::acknowledge(std::uint64_t connection, std::uint64_t tag) {
  worker_->acknowledge(connection, tag);
}
void amqp_consumer::reconnect() { worker_->reconnect(); }
asio::awaitable<void> amqp_consumer::stop() { return worker_->stop(); }

}  // namespace freshet
