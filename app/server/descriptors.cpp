#include "app/server/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "core/observe/log.hpp"

namespace freshet::app {

std::uint32_t connections_within(std::uint64_t descriptors, std::uint32_t wanted) {
  // Upstreams, buses, listeners, timers and the log need some as well: an eighth, at least 24.
  const std::uint64_t kept = std::max<std::uint64_t>(24, descriptors / 8);
  const std::uint64_t room = descriptors > kept ? descriptors - kept : 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, room));
}

void clamp_to_descriptors(config::settings& settings) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  auto& limits = settings.limits;
  const auto most = [&](std::uint32_t wanted) {
    // 0 = off, and no limit of ours is no limit of the system's.
    return connections_within(limit.rlim_cur, wanted == 0 ? ~std::uint32_t{0} : wanted);
  };
  const auto connections = most(limits.connections);
  const auto streams = most(limits.streams);
  if ((limits.connections != 0 && connections < limits.connections) ||
      (limits.streams != 0 && streams < limits.streams))
    logger().warn("only {} descriptors may be open: connections limited to {}, streams to {}",
                  limit.rlim_cur, connections, streams);
  limits.connections = connections;
  limits.streams = streams;
}

}  // namespace freshet::app
