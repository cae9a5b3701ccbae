#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet {

/// Publishes recorded messages: binds an XPUB so that it knows when somebody listens.
///
/// Shape:    no send limit: what a subscriber has not taken yet stays in memory until finish().
/// Errors:   bind: malformed (an endpoint libzmq refuses or that is taken); first_subscription:
///           timed_out.
/// Lifetime: finish(), and so the destructor, block until everything was sent or the peers are
///           gone.
/// Threads:  the executor's loop.
class zmq_publisher {
 public:
  static result<std::unique_ptr<zmq_publisher>> bind(boost::asio::io_context::executor_type ex,
                                                     const std::string& endpoint);
  ~zmq_publisher();

  /// With the real port when port 0 or * was asked for.
  const std::string& endpoint() const;
  boost::asio::awaitable<result<void>> first_subscription(std::chrono::nanoseconds limit);
  void send(std::string_view topic, std::string_view body);
  void finish();

 private:
  class socket;
  explicit zmq_publisher(std::unique_ptr<socket> impl);
  std::unique_ptr<socket> socket_;
};

}  // namespace freshet
