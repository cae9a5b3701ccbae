#include "connectors/schedule/verifier.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include "connectors/schedule/verify_round.hpp"

namespace freshet {

asio::awaitable<void> verifier::run() {
  verify_round round(settings_, store_, time_.now());
  while (const auto next = round.step(time_.now())) {
    const auto pause = std::max<std::chrono::nanoseconds>(*next - time_.now(), {});
    asio::steady_timer timer(ex_, pause);
    co_await timer.async_wait(asio::deferred);
  }
}

}  // namespace freshet
