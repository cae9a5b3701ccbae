#include "store/eviction/s3_fifo.hpp"

#include <cassert>

namespace freshet {
namespace {

std::uint32_t narrow(std::size_t bytes) {
  assert(bytes <= ~std::uint32_t{0});
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

void s3_fifo::insert(page_ref ref, std::size_t bytes, bool proven) {
  auto& r = rows_.grow_to(ref);
  assert(r.in == place::none);
  r.bytes = narrow(bytes);
  append(ref, proven ? place::main : place::small);
  ++size_;
}

void s3_fifo::erase(page_ref ref) {
  assert(contains(ref));
  unlink(ref);
  rows_[ref] = row{};
  --size_;
}

void s3_fifo::resize(page_ref ref, std::size_t bytes) {
  assert(contains(ref));
  auto& r = rows_[ref];
  auto& sum = r.in == place::held ? held_bytes_ : queue_of(r.in).bytes;
  sum -= r.bytes;
  r.bytes = narrow(bytes);
  sum += r.bytes;
}

void s3_fifo::hold(page_ref ref) {
  assert(contains(ref));
  if (rows_[ref].in == place::held) return;
  unlink(ref);
  append(ref, place::held);
}

void s3_fifo::let_go(page_ref ref, bool proven) {
  assert(held(ref));
  unlink(ref);
  append(ref, proven ? place::main : place::small);
}

s3_fifo::choice s3_fifo::choose() {
  std::size_t steps = 0;
  page_ref chosen = no_page;
  while (chosen == no_page && (small_.oldest != no_page || main_.oldest != no_page)) {
    const bool small_is_over = small_.bytes > (small_.bytes + main_.bytes) / 10;
    const bool take_small = small_.oldest != no_page && (small_is_over || main_.oldest == no_page);
    chosen = take_small ? from_small(steps) : from_main(steps);
  }
  if (chosen == no_page) return {};
  const choice result{chosen, rows_[chosen].bytes};
  erase(chosen);
  return result;
}

// The oldest of small, or no_page after it moved to main.
page_ref s3_fifo::from_small(std::size_t& steps) {
  const auto ref = small_.oldest;
  auto& heat = popularity_of_(ref);
  if (heat.load(std::memory_order_relaxed) <= 1 || ++steps > steps_max) return ref;
  heat.store(0, std::memory_order_relaxed);
  unlink(ref);
  append(ref, place::main);
  return no_page;
}

// The oldest of main, or no_page after it was sent round.
page_ref s3_fifo::from_main(std::size_t& steps) {
  const auto ref = main_.oldest;
  auto& heat = popularity_of_(ref);
  const auto points = heat.load(std::memory_order_relaxed);
  if (points == 0 || ++steps > steps_max) return ref;
  heat.store(static_cast<std::uint8_t>(points - 1), std::memory_order_relaxed);
  unlink(ref);
  append(ref, place::main);
  return no_page;
}

void s3_fifo::append(page_ref ref, place in) {
  auto& r = rows_[ref];
  r.in = in;
  if (in == place::held) {
    held_bytes_ += r.bytes;
    return;
  }
  auto& q = queue_of(in);
  r.older = q.newest;
  r.newer = no_page;
  (q.newest == no_page ? q.oldest : rows_[q.newest].newer) = ref;
  q.newest = ref;
  q.bytes += r.bytes;
}

void s3_fifo::unlink(page_ref ref) {
  auto& r = rows_[ref];
  if (r.in == place::held) {
    held_bytes_ -= r.bytes;
    return;
  }
  auto& q = queue_of(r.in);
  (r.older == no_page ? q.oldest : rows_[r.older].newer) = r.newer;
  (r.newer == no_page ? q.newest : rows_[r.newer].older) = r.older;
  q.bytes -= r.bytes;
  r.older = r.newer = no_page;
}

}  // namespace freshet
