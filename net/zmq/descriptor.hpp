#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <zmq.hpp>

namespace freshet {

/// Asio's eye on a ZeroMQ socket's descriptor. Readable means only "look at ZMQ_EVENTS": read it,
/// drain while it says POLLIN, and touch the socket no more before the next wait.
///
/// Lifetime: dies before its socket. The descriptor belongs to libzmq and is released, never
///           closed: closing it aborts zmq_ctx_term (libzmq#4350).
class zmq_descriptor {
 public:
  zmq_descriptor(boost::asio::io_context::executor_type ex, zmq::socket_t& socket)
      : descriptor_(ex, socket.get(zmq::sockopt::fd)) {}
  ~zmq_descriptor() { descriptor_.release(); }
  zmq_descriptor(const zmq_descriptor&) = delete;

  template <class Token>
  auto async_wait(Token token) {
    return descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read, token);
  }

 private:
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
};

inline bool zmq_readable(zmq::socket_t& socket) {
  return (socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0;
}

}  // namespace freshet
