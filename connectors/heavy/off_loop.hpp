#pragma once

#include <boost/system/system_error.hpp>
#include <memory>
#include <type_traits>

#include "core/async/cancellation.hpp"
#include "core/async/worker_thread.hpp"

namespace freshet {

/// A body of more bytes is inflated, checked, put together and hashed on the worker.
inline constexpr std::size_t light_bytes_max = 64 * 1024;

/// Runs `job` on the worker when there is one and it has many `bytes` to go through, else here and
/// now. A worker that is full or stopped is no reason to lose a refresh: then it runs here, too.
///
/// Errors:   a cancelled caller gets operation_aborted, thrown.
/// Lifetime: the job owns what it works on, for it may go on when its caller has gone.
template <class F>
asio::awaitable<std::invoke_result_t<F&>> off_loop(worker_thread* worker, std::size_t bytes,
                                                   F job) {
  using value = std::invoke_result_t<F&>;
  static_assert(std::is_same_v<flat_result<value>, result<value>>,
                "a job's own error would be taken for a refusal");
  if (worker == nullptr || bytes <= light_bytes_max) co_return job();
  auto kept = std::make_shared<F>(std::move(job));
  auto run_it = [kept] { return (*kept)(); };
  auto done = co_await worker->run(std::move(run_it));
  if (done) co_return std::move(*done);
  if (is_cancellation(done.error())) throw boost::system::system_error(done.error().code);
  co_return (*kept)();  // refused before it began
}

}  // namespace freshet
