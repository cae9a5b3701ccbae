#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace freshet {

namespace asio = boost::asio;

/// The addresses of one host, asked for when somebody connects.
///
/// Shape:    at most one lookup is up, whoever asks: getaddrinfo cannot be cancelled, so it runs in
///           a thread of its own that is left alone when it hangs. At most 8 addresses, good for
///           30 s; then they serve on for five minutes while a new lookup is up or fails.
/// Errors:   unreachable with the resolver's words, overloaded without a thread.
/// Lifetime: may die while a lookup hangs, but not while a caller waits.
/// Threads:  the loop of the executor.
class host_lookup {
 public:
  using addresses = std::vector<asio::ip::address>;
  /// Blocks; called in the lookup's thread.
  using question = std::function<result<addresses>(const std::string& host)>;

  host_lookup(asio::io_context::executor_type ex, std::string host, question ask = {});
  ~host_lookup();
  host_lookup(const host_lookup&) = delete;

  asio::awaitable<result<addresses>> find();
  /// None of them answered: the next find() waits for a new lookup.
  void doubt();

 private:
  struct flight;
  result<void> take_off();
  void land(result<addresses> found);

  asio::io_context::executor_type ex_;
  std::string host_;
  question ask_;
  std::shared_ptr<flight> flight_;  // null = none is up
  asio::steady_timer landed_;
  addresses known_;
  error failed_;
  mono_time good_until_{}, usable_until_{};
};

/// getaddrinfo.
result<host_lookup::addresses> ask_system(const std::string& host);

/// Runs a lookup in a thread of its own that nobody waits for; `work` owns all that it touches.
/// Errors: overloaded, without a thread.
result<void> look_up_apart(std::function<void()> work);

}  // namespace freshet
