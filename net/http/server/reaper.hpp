#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include "core/clock.hpp"

namespace freshet::http {

namespace asio = boost::asio;

/// The deadlines of all connections of a loop with one timer: a coarse walk instead of a timer
/// each.
///
/// Shape:    a deadline is noticed up to one `tick` late; now() is up to one tick old.
/// Lifetime: clients leave on destruction and must not outlive the reaper.
/// Threads:  one loop.
class reaper {
 public:
  class client : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// Called once per deadline; may unlink itself, must not destroy a client.
    virtual void expire() = 0;
    mono_time deadline = mono_time::max();

   protected:
    ~client() = default;
  };

  reaper(asio::io_context& ctx, const clock& time, std::chrono::nanoseconds tick);

  void watch(client& c) { clients_.push_back(c); }
  mono_time now() const { return now_; }
  wall_time wall_now() const { return wall_now_; }

  /// Walks until cancelled or stopped.
  asio::awaitable<void> run();
  void stop();
  /// One walk; run() does it every tick.
  void walk();

 private:
  using list = boost::intrusive::list<client, boost::intrusive::constant_time_size<false>>;

  const clock& time_;
  std::chrono::nanoseconds tick_;
  asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>,
                             asio::io_context::executor_type>
      timer_;
  mono_time now_;
  wall_time wall_now_;
  list clients_;
  bool stopped_ = false;
};

}  // namespace freshet::http
