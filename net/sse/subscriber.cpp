#include "net/sse/subscriber.hpp"

#include <algorithm>

namespace freshet::sse {

void subscriber::block(mono_time now) {
  stalled_since = std::min(stalled_since, now);
  blocked = true;
  out->await_writable();
}

}  // namespace freshet::sse
