#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "core/result.hpp"

namespace freshet::http {

namespace asio = boost::asio;

/// Tells the connections of a listener when their sockets have something: an epoll instance of its
/// own that Asio watches as one descriptor, so that a request costs a receive and a send, and
/// neither a handler nor a registration.
///
/// Shape:    edge-triggered: a client hears once of what came, and asks until the socket has no
///           more. At most `events_max` clients a turn, then everybody else on the loop.
/// Errors:   open(): no descriptor; add(): the kernel has no room.
/// Lifetime: clients are removed, or their descriptors closed, before they die; never within the
///           call of another client. run() has ended before the destructor.
/// Threads:  its loop.
/// Source:   Asio 1.26 asks every socket again after each answer, in vain, which is a tenth of a
///           hit; its wait costs an epoll_ctl instead.
class poller {
 public:
  static constexpr int events_max = 128;

  class client {
   public:
    /// What epoll said; 0 after again().
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~client() = default;

   private:
    friend class poller;
    bool waits_ = false;  // in again_
  };

  /// `before` is called at the beginning of each turn.
  static result<std::unique_ptr<poller>> open(asio::io_context& ctx, std::function<void()> before);

  /// A non-blocking descriptor, once; closing it removes it too.
  bool add(int descriptor, client& c);
  void remove(int descriptor, client& c);
  /// The client has more to do than is fair: it is called again in the next turn.
  void again(client& c);
  /// It will not be called any more, unless it is still added.
  void forget(client& c);

  /// Until cancelled.
  asio::awaitable<void> run();

 private:
  using descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

  poller(asio::io_context& ctx, int epoll, std::function<void()> before);
  void turn();

  descriptor epoll_;
  std::function<void()> before_;
  std::vector<client*> again_, now_;
};

}  // namespace freshet::http
