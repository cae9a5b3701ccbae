#include "connectors/upstream/limits/retry.hpp"

#include <algorithm>

#include "net/client/client_errc.hpp"

namespace freshet {

bool upstream_failed(const error& e) {
  return e.code == client_errc::unreachable || e.code == client_errc::timed_out ||
         e.code == client_errc::tls || status_of(e.code) >= 500;
}

bool worth_retrying(const error& e) {
  return (upstream_failed(e) && e.code != client_errc::tls) || status_of(e.code) == 429;
}

std::chrono::nanoseconds retry_delay(std::uint32_t attempt, std::chrono::seconds retry_after,
                                     std::uint64_t random) {
  using std::chrono::nanoseconds;
  const nanoseconds base = std::chrono::milliseconds(250);
  const nanoseconds most =
      std::min<nanoseconds>(base * (1 << std::min(attempt, 10u)), std::chrono::seconds(30));
  const auto share = static_cast<double>(random >> 11) / 9007199254740992.0;  // [0, 1)
  const nanoseconds jitter(static_cast<std::int64_t>(static_cast<double>(most.count()) * share));
  return std::max<nanoseconds>(retry_after, nanoseconds::zero()) + jitter;
}

}  // namespace freshet
