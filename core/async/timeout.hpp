#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

#include "core/async/cancellation.hpp"
#include "core/result.hpp"

namespace freshet {

namespace asio = boost::asio;

namespace detail {

template <class T>
asio::awaitable<void> store_result(asio::awaitable<T> op, std::shared_ptr<std::optional<T>> slot) {
  slot->emplace(co_await std::move(op));
}

}  // namespace detail

/// Runs `op`; if it has not ended after `limit` it is cancelled and errc::timed_out returned.
///
/// Shape:  T is a result<U>; a result that arrives in the same turn as the time-out wins.
/// Errors: errc::timed_out, also when `op` makes a value of its cancellation (an error
///         operation_aborted after the time-out fired); an exception of `op` is rethrown; the
///         caller's own cancellation is forwarded to `op` and ends as `op` ends it: by
///         operation_aborted, thrown or as a value.
/// Source: wait_for_one, not wait_for_one_success (asio#1123): the sibling is cancelled on failure
///         too, and both have ended when this resumes, so nothing dangles.
template <class T>
asio::awaitable<T> with_timeout(asio::awaitable<T> op, std::chrono::nanoseconds limit) {
  auto ex = co_await asio::this_coro::executor;
  auto slot = std::make_shared<std::optional<T>>();
  asio::steady_timer timer(ex);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
  auto run = detail::store_result<T>(std::move(op), slot);
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(ex, std::move(run), asio::deferred), timer.async_wait(asio::deferred));
  auto [order, failed, timer_ec] =
      co_await std::move(group).async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool timer_fired = !timer_ec;
  if (slot->has_value()) {
    auto& made = **slot;
    if (timer_fired && made.has_error() && is_cancellation(made.error()))
      co_return fail(errc::timed_out);
    co_return std::move(made);
  }
  if (failed && !(timer_fired && is_cancellation(failed))) std::rethrow_exception(failed);
  co_return fail(errc::timed_out);
}

}  // namespace freshet
