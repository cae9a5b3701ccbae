#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "net/zmq/descriptor.hpp"
#include "net/zmq/subscriber.hpp"

namespace freshet {

/// One SUB socket for one endpoint, with its monitor. A socket each, so that a monitor event needs
/// no address to be understood, and so that one endpoint can be built anew alone.
///
/// Shape:    drains at most `turn_messages` or `turn_bytes` a turn.
/// Lifetime: `counts` and `options` outlive it.
class zmq_link {
 public:
  zmq_link(boost::asio::io_context::executor_type ex, zmq::context_t& context,
           const zmq_subscriber_options& options, std::string endpoint, zmq_counts& counts);
  ~zmq_link();
  zmq_link(const zmq_link&) = delete;

  /// Runs until cancelled. Throws zmq::error_t only when libzmq is out of resources.
  boost::asio::awaitable<void> run(zmq_subscriber::sink on_message);
  bool connected() const { return connected_; }
  /// When the last message came; the beginning of time when none did.
  mono_time last_message() const { return last_message_; }
  /// The socket is made anew as soon as what it has received is drained.
  void rebuild();

 private:
  void build();
  void tear_down();
  bool drain(const zmq_subscriber::sink& on_message);  // true: the budget ended first
  std::size_t receive(const zmq_subscriber::sink& on_message);
  void drain_monitor();
  void note(std::uint16_t happened);
  boost::asio::awaitable<void> wait();

  boost::asio::io_context::executor_type ex_;
  zmq::context_t& context_;
  const zmq_subscriber_options& options_;
  std::string endpoint_;
  zmq_counts& counts_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  std::unique_ptr<zmq_descriptor> messages_;
  std::unique_ptr<zmq_descriptor> happenings_;
  boost::asio::steady_timer rebuild_;
  bool connected_ = false;
  bool abandoned_ = false;  // libzmq gave the connection up and said nothing of a retry
  bool rebuild_due_ = false;
  bool asked_ = false;  // rebuild()
  mono_time last_message_{};
};

}  // namespace freshet
