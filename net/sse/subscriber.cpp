#include "net/sse/subscriber.hpp"

#include <cassert>

namespace freshet::sse {

subscriber::sent subscriber::write(const outgoing& next, mono_time now) {
  std::array<std::string_view, batch + 1> buffers;
  std::size_t count = 0;
  if (tail) buffers[count++] = std::string_view(*tail).substr(tail_at);
  for (std::size_t i = 0; i < next.count; ++i) buffers[count++] = *next.frames[i];
  if (count == 0) return sent::all;
  const auto taken = out->try_write(std::span(buffers).first(count));
  if (!taken) return sent::failed;
  written += *taken;
  return keep_tail(next, *taken, now);
}

subscriber::sent subscriber::keep_tail(const outgoing& next, std::size_t taken, mono_time now) {
  const auto wait = [&] {
    if (!stalled_since) stalled_since = now;
    blocked = true;
    out->await_writable();
    return sent::some;
  };
  if (tail) {
    const auto rest = tail->size() - tail_at;
    if (taken < rest) {
      tail_at += taken;
      return wait();
    }
    taken -= rest;
    tail.reset();
    stalled_since.reset();
  }
  for (std::size_t i = 0; i < next.count; ++i) {
    if (taken == 0) return wait();
    const auto size = next.frames[i]->size();
    told = next.at[i];
    if (taken < size) {
      tail = next.frames[i];
      tail_at = taken;
      return wait();
    }
    taken -= size;
  }
  assert(taken == 0);
  stalled_since.reset();
  return sent::all;
}

}  // namespace freshet::sse
