#include "app/client/interruptible.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>

namespace freshet::app {

namespace asio = boost::asio;

bool run_interruptible(asio::io_context& ctx, asio::awaitable<void> op,
                       const std::function<void()>& on_tick) {
  asio::cancellation_signal cancel;
  asio::signal_set signals(ctx, SIGINT, SIGTERM);
  asio::steady_timer ticks(ctx);
  bool ended = false;
  bool interrupted = false;
  std::exception_ptr failed;
  const auto on_signal = [&](const boost::system::error_code& ec, int) {
    if (ec) return;
    interrupted = true;
    signals.clear();
    cancel.emit(asio::cancellation_type::terminal);
  };
  const auto on_end = [&](std::exception_ptr error) {
    failed = error;
    ended = true;
    signals.cancel();
    ticks.cancel();
  };
  const std::function<void()> tick = [&] {
    if (ended) return;
    on_tick();
    ticks.expires_after(std::chrono::milliseconds(200));
    ticks.async_wait([&tick](const boost::system::error_code&) { tick(); });
  };
  signals.async_wait(on_signal);
  asio::co_spawn(ctx, std::move(op), asio::bind_cancellation_slot(cancel.slot(), on_end));
  if (on_tick) tick();
  ctx.run();
  ctx.restart();
  if (failed && !interrupted) std::rethrow_exception(failed);
  if (!failed) return !interrupted;
  try {
    std::rethrow_exception(failed);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) throw;
  }
  return false;
}

}  // namespace freshet::app
