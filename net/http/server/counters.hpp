#pragma once

#include <atomic>
#include <cstdint>

namespace freshet::http {

/// What one loop's HTTP shell counts. Any thread reads, the loop alone writes.
struct counters {
  using count = std::atomic<std::uint64_t>;
  count connections{0};  // open now
  count accepted{0};
  count accept_errors{0};  // descriptors ran out, ...
  count over_limit{0};     // paused at the total limit
  count over_address{0};   // closed: too many of one address
  count heads_scanned{0};  // taken by the scanner
  count heads_gated{0};    // taken by the gate
  count heads_refused{0};  // 4xx, 5xx of the gate
  count head_timeouts{0};  // 408
  count idle_timeouts{0};
  count write_timeouts{0};
  count left_waiting{0};    // clients that went away before a slow answer
  count partial_writes{0};  // the kernel did not take all at once
  count bytes_out{0};
};

/// Relaxed and without a locked instruction: there is one writer.
inline void bump(counters::count& c, std::uint64_t by = 1) {
  c.store(c.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}
inline void drop(counters::count& c) {
  c.store(c.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

}  // namespace freshet::http
