#pragma once

#include <string>
#include <zmq.hpp>

namespace freshet::test {

/// A real libzmq publisher on an ephemeral port that knows when somebody subscribed.
class zmq_peer {
 public:
  explicit zmq_peer(const std::string& address = "tcp://127.0.0.1:*")
      : socket_(context_, zmq::socket_type::xpub) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::sndhwm, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 4000);
    socket_.set(zmq::sockopt::xpub_verboser, 1);
    socket_.bind(address);
    endpoint = socket_.get(zmq::sockopt::last_endpoint);
  }
  /// Takes one subscription if it is there.
  bool subscribed() {
    zmq::message_t message;
    const auto got = socket_.recv(message, zmq::recv_flags::dontwait);
    return got && message.size() > 0 && message.to_string_view().front() == '\x01';
  }
  void send(std::string_view topic, std::string_view body) {
    socket_.send(zmq::buffer(topic), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(body), zmq::send_flags::none);
  }
  void send_one_frame(std::string_view frame) {
    socket_.send(zmq::buffer(frame), zmq::send_flags::none);
  }
  std::string endpoint;

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
};

}  // namespace freshet::test
