#pragma once

#include <amqp.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/url/amqp_address.hpp"
#include "net/amqp/frame_assembler.hpp"
#include "net/tls/client_tls.hpp"

namespace freshet {

/// What a consumer asks of a broker.
struct amqp_subscription {
  amqp_address at;
  client_tls_options tls;
  std::string exchange = "amq.topic";
  std::vector<std::string> bindings;  // binding keys; at least one
  std::string queue;                  // durable, of this name; "" = the broker's, gone with us
  std::chrono::seconds expires{0};    // a durable queue goes when nobody consumed for so long
  std::uint16_t prefetch = 25;
  std::size_t max_message = 1u << 20;
  std::chrono::seconds heartbeat{20};
  std::chrono::seconds patience{5};  // for the connection, and for each answer
};

/// What becomes of the attempts to connect, the ones that fail among them.
struct amqp_attempts {
  /// The queue was not there and had to be declared: what was published before is not in it. An
  /// attempt may fail behind that, and the next finds the queue there.
  bool began_queue = false;
  /// Asked between two calls to the library: nobody waits for the connection any more.
  std::function<bool()> given_up = [] { return false; };
};

/// One connection to a broker that consumes one queue. Every call may block, within `patience`.
///
/// Shape:    the queue is looked for first and declared only when it does not exist, so whoever
///           connects again knows whether it was there all the time (amqp_attempts). With a client
///           certificate the broker is asked to take the user from it (EXTERNAL), else user and
///           password of the address.
/// Errors:   what the broker said, or the library; never a password. After an error the connection
///           is of no use.
/// Lifetime: the destructor closes it; what was not acknowledged goes back into the queue. The
///           attempts outlive it.
/// Threads:  one.
/// Source:   rabbitmq-c 0.11; its heartbeats are served inside its calls only, so read() has to be
///           called about every second.
class amqp_connection {
 public:
  static result<std::unique_ptr<amqp_connection>> open(const amqp_subscription& what,
                                                       amqp_attempts& attempts);
  ~amqp_connection();
  amqp_connection(const amqp_connection&) = delete;

  const std::string& queue() const { return queue_; }
  /// What waited in the queue when it was asked last.
  std::uint64_t waiting() const { return waiting_; }
  /// To wait on; readable is a hint only: read() until it has nothing.
  int descriptor() const { return amqp_get_sockfd(state_); }

  /// A message that is there already; nothing when none is whole. Does not block.
  result<std::optional<amqp_delivery>> read();
  /// This message and all before it.
  result<> acknowledge(std::uint64_t tag);
  /// Asks how much waits in the queue.
  /// Errors: missing when it is gone.
  result<std::uint64_t> count();

 private:
  amqp_connection(const amqp_subscription& what, amqp_attempts& attempts);
  result<> connect(amqp_sasl_method_enum how, bool& unsupported);
  result<> set_up_tls(amqp_socket_t* socket);
  result<> subscribe();
  result<> find_queue();
  result<> declare_queue();
  /// An error when the last call to the library failed, or when nobody waits for the next.
  result<> go_on(const char* what);
  error failed(const char* what, const amqp_rpc_reply_t& reply);
  error failed(const char* what, int status);

  amqp_subscription what_;
  amqp_attempts& attempts_;
  amqp_connection_state_t state_ = nullptr;
  amqp_channel_t channel_ = 1;
  frame_assembler frames_;
  std::string queue_;
  bool usable_ = false;
  std::uint64_t waiting_ = 0;
};

}  // namespace freshet
