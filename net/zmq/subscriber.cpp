#include "net/zmq/subscriber.hpp"

#include <boost/asio/steady_timer.hpp>
#include <exception>

#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"
#include "net/zmq/link.hpp"

namespace freshet {

class zmq_subscriber::sockets {
 public:
  sockets(asio::io_context::executor_type ex, zmq_subscriber_options o)
      : options(std::move(o)),
        ended_(ex),
        scope_(ex, [this](std::string_view, std::exception_ptr e) {
          failed_ = e;
          ended_.cancel();
        }) {
    for (const auto& endpoint : options.connect) {
      links_.push_back(std::make_unique<zmq_link>(ex, context_, options, endpoint, counts));
    }
  }

  asio::awaitable<void> run(sink on_message) {
    for (auto& link : links_) scope_.spawn("zmq link", link->run(on_message));
    ended_.expires_at(asio::steady_timer::time_point::max());
    std::exception_ptr cancelled;
    try {
      if (!failed_) co_await ended_.async_wait(use_result);
    } catch (...) {
      cancelled = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await scope_.close();
    if (failed_) std::rethrow_exception(failed_);
    if (cancelled) std::rethrow_exception(cancelled);
  }

  std::size_t rebuild(mono_time quiet_since) {
    std::size_t count = 0;
    for (auto& link : links_) {
      if (link->last_message() > quiet_since) continue;
      link->rebuild();
      ++count;
    }
    return count;
  }

  std::vector<std::string_view> missing() const {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < links_.size(); ++i)
      if (!links_[i]->connected()) out.push_back(options.connect[i]);
    return out;
  }

  zmq_subscriber_options options;
  zmq_counts counts;

 private:
  zmq::context_t context_{1};
  std::vector<std::unique_ptr<zmq_link>> links_;
  std::exception_ptr failed_;
  asio::steady_timer ended_;
  task_scope scope_;
};

result<std::unique_ptr<zmq_subscriber>> zmq_subscriber::create(asio::io_context::executor_type ex,
                                                               zmq_subscriber_options options) {
  constexpr std::size_t endpoints_max = 256;
  if (options.connect.empty() || options.connect.size() > endpoints_max) {
    return fail(errc::out_of_range, "a ZeroMQ bus connects to 1 to 256 endpoints");
  }
  try {
    auto impl = std::make_unique<sockets>(ex, std::move(options));
    return std::unique_ptr<zmq_subscriber>(new zmq_subscriber(std::move(impl)));
  } catch (const zmq::error_t& e) {
    return fail(errc::malformed, std::string("ZeroMQ refuses an endpoint: ") + e.what());
  }
}

zmq_subscriber::zmq_subscriber(std::unique_ptr<sockets> impl) : sockets_(std::move(impl)) {}
zmq_subscriber::~zmq_subscriber() = default;
const zmq_counts& zmq_subscriber::counts() const { return sockets_->counts; }
bool zmq_subscriber::connected() const {
  return sockets_->counts.connected == sockets_->options.connect.size();
}
std::vector<std::string_view> zmq_subscriber::missing() const { return sockets_->missing(); }
std::size_t zmq_subscriber::rebuild(mono_time quiet_since) {
  return sockets_->rebuild(quiet_since);
}
asio::awaitable<void> zmq_subscriber::run(sink on_message) {
  return sockets_->run(std::move(on_message));
}

}  // namespace freshet
