#include "net/zmq/link.hpp"

#include <atomic>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "core/async/tokens.hpp"

namespace freshet {
namespace {

constexpr std::size_t turn_messages = 64;
constexpr std::size_t turn_bytes = 1u << 20;

int milliseconds(std::chrono::nanoseconds t) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(t).count());
}

std::string monitor_address() {
  static std::atomic<std::uint64_t> next{0};
  return "inproc://monitor-" + std::to_string(next.fetch_add(1));
}

}  // namespace

zmq_link::zmq_link(asio::io_context::executor_type ex, zmq::context_t& context,
                   const zmq_subscriber_options& options, std::string endpoint, zmq_counts& counts)
    : ex_(ex),
      context_(context),
      options_(options),
      endpoint_(std::move(endpoint)),
      counts_(counts),
      rebuild_(ex) {
  build();
}

zmq_link::~zmq_link() { tear_down(); }

void zmq_link::build() {
  socket_ = zmq::socket_t(context_, zmq::socket_type::sub);
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::rcvhwm, static_cast<int>(options_.hwm));
  // Twice the limit: between the two we can count and go on; above it libzmq cuts the connection.
  socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options_.max_message) * 2);
  socket_.set(zmq::sockopt::ipv6, 1);
  socket_.set(zmq::sockopt::heartbeat_ivl, milliseconds(options_.heartbeat));
  socket_.set(zmq::sockopt::heartbeat_timeout, 3 * milliseconds(options_.heartbeat));
  socket_.set(zmq::sockopt::handshake_ivl, 10'000);
  socket_.set(zmq::sockopt::tcp_keepalive, 1);
  socket_.set(zmq::sockopt::reconnect_ivl, milliseconds(options_.reconnect_min));
  socket_.set(zmq::sockopt::reconnect_ivl_max, milliseconds(options_.reconnect_max));
  for (const auto& prefix : options_.prefixes) socket_.set(zmq::sockopt::subscribe, prefix);
  if (options_.prefixes.empty()) socket_.set(zmq::sockopt::subscribe, "");

  const auto address = monitor_address();
  if (zmq_socket_monitor(socket_.handle(), address.c_str(), ZMQ_EVENT_ALL) != 0) {
    throw zmq::error_t();
  }
  monitor_ = zmq::socket_t(context_, zmq::socket_type::pair);
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(address);
  messages_ = std::make_unique<zmq_descriptor>(ex_, socket_);
  happenings_ = std::make_unique<zmq_descriptor>(ex_, monitor_);
  socket_.connect(endpoint_);
}

void zmq_link::tear_down() {
  messages_.reset();
  happenings_.reset();
  if (socket_) zmq_socket_monitor(socket_.handle(), nullptr, 0);
  monitor_.close();
  socket_.close();
  if (connected_) --counts_.connected;
  connected_ = abandoned_ = rebuild_due_ = asked_ = false;
}

void zmq_link::rebuild() {
  asked_ = true;
  rebuild_.cancel();  // what wait() waits for, if it does
}

std::size_t zmq_link::receive(const zmq_subscriber::sink& on_message) {
  zmq::message_t topic, body, rest;
  std::size_t parts = 0;
  std::size_t bytes = 0;
  bool more = true;
  while (more) {  // all parts of a message are there when its first is
    auto& part = parts == 0 ? topic : parts == 1 ? body : rest;
    if (!socket_.recv(part, zmq::recv_flags::dontwait)) break;
    more = part.more();
    bytes += part.size();
    ++parts;
  }
  if (parts == 0) return 0;
  ++counts_.received;
  if (parts != 2) {
    ++counts_.wrong_parts;
    if (options_.on_refused) options_.on_refused("parts", topic.to_string_view(), {});
  } else if (bytes > options_.max_message) {
    ++counts_.oversized;
    if (options_.on_refused)
      options_.on_refused("too_large", topic.to_string_view(), body.to_string_view());
  } else {
    on_message(topic.to_string_view(), body.to_string_view());
  }
  return bytes + 1;
}

/// Receives until there is nothing. Asking for ZMQ_EVENTS before each message would poll libzmq's
/// own descriptor, which costs as much as the message.
bool zmq_link::drain(const zmq_subscriber::sink& on_message) {
  std::size_t bytes = 0;
  for (std::size_t messages = 0; messages < turn_messages && bytes < turn_bytes; ++messages) {
    const auto got = receive(on_message);
    if (got == 0) break;
    bytes += got;
  }
  return zmq_readable(socket_);
}

void zmq_link::note(std::uint16_t happened) {
  switch (happened) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      if (!connected_) ++counts_.connected;
      connected_ = true;
      abandoned_ = false;
      ++counts_.connections;
      break;
    case ZMQ_EVENT_CONNECTED:
    case ZMQ_EVENT_CONNECT_DELAYED:
    case ZMQ_EVENT_CONNECT_RETRIED:
      abandoned_ = false;
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      ++counts_.handshakes_failed;
      abandoned_ = true;
      break;
    case ZMQ_EVENT_DISCONNECTED:
      ++counts_.disconnects;
      if (connected_) --counts_.connected;
      connected_ = false;
      abandoned_ = true;
      break;
    default:
      break;
  }
}

void zmq_link::drain_monitor() {
  const bool before = abandoned_;
  while (zmq_readable(monitor_)) {
    zmq::message_t what, where;
    if (!monitor_.recv(what, zmq::recv_flags::dontwait)) break;
    if (what.more()) static_cast<void>(monitor_.recv(where, zmq::recv_flags::dontwait));
    std::uint16_t happened = 0;
    if (what.size() >= sizeof happened) std::memcpy(&happened, what.data(), sizeof happened);
    note(happened);
  }
  if (abandoned_ && !before) rebuild_.expires_after(options_.rebuild_after);
}

asio::awaitable<void> zmq_link::wait() {
  if (!abandoned_) rebuild_.expires_at(asio::steady_timer::time_point::max());
  auto any = asio::experimental::make_parallel_group(messages_->async_wait(asio::deferred),
                                                     happenings_->async_wait(asio::deferred),
                                                     rebuild_.async_wait(asio::deferred));
  auto [order, data, monitor, timer] =
      co_await std::move(any).async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  rebuild_due_ = abandoned_ && !timer;
}

asio::awaitable<void> zmq_link::run(zmq_subscriber::sink on_message) {
  for (;;) {
    if (options_.room) co_await options_.room();
    drain_monitor();
    // Last before the wait: whoever reads ZMQ_EVENTS has taken the descriptor's edge.
    const auto before = counts_.received;
    const bool more = drain(on_message);
    if (counts_.received != before) last_message_ = steady_clock::now();
    if (more) {
      co_await asio::post(ex_, asio::deferred);
    } else if (asked_ || (rebuild_due_ && abandoned_)) {
      // Somebody misses messages; or libzmq ended the session for good, after a protocol error (an
      // oversized message, a peer that does not speak ZMTP). What it had received is drained by
      // now.
      tear_down();
      build();
      ++counts_.rebuilt;
    } else {
      co_await wait();
    }
  }
}

}  // namespace freshet
