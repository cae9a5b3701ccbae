#include "connectors/schedule/upstream_group.hpp"

#include <algorithm>
#include <cassert>

namespace freshet {
namespace {

/// One claim in so many begins with the lowest lane, or a flood of visitors would keep a page that
/// nobody asks for stale for ever.
constexpr std::size_t fair_every = 16;
constexpr std::array downwards{lane::visitor, lane::watched, lane::popular, lane::rest};
constexpr std::array upwards{lane::rest, lane::popular, lane::watched, lane::visitor};

enum class gate : std::uint8_t { open, probe, shut };

}  // namespace

std::optional<claim> upstream_group::next_in(lane in, page_store& store, mono_time now) {
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const std::size_t at = (turn_ + i) % classes_.size();
    auto found = store.claim_next(classes_[at], now, in, in);
    if (!found) continue;
    turn_ = at + 1;
    return found;
  }
  return std::nullopt;
}

std::optional<claim> upstream_group::next(page_store& store, mono_time now) {
  for (const auto in : (claims_ + 1) % fair_every == 0 ? upwards : downwards) {
    auto found = next_in(in, store, now);
    if (!found) continue;
    ++claims_;
    return found;
  }
  return std::nullopt;
}

std::optional<upstream_group::taken> upstream_group::take(page_store& store,
                                                          const circuit_breaker* breaker,
                                                          mono_time now) {
  auto is = gate::open;
  if (breaker != nullptr && breaker->now_state() != circuit_breaker::state::closed) {
    const auto probe_at = next_probe(breaker);
    is = probe_at && *probe_at <= now ? gate::probe : gate::shut;
  }
  if (is == gate::probe) {
    auto found = next(store, now);
    if (!found) found = next_in(lane::sweep, store, now);
    if (found) {
      ++probes_;
      probe_not_before_ = now + probe_pause;
      return taken{std::move(*found), share::probe};
    }
  }
  if (is == gate::open && common_ < share_max_) {
    if (auto found = next(store, now)) {
      ++common_;
      return taken{std::move(*found), share::common};
    }
  }
  if (visitors_ < share_max_) {
    if (auto found = next_in(lane::visitor, store, now)) {
      ++visitors_;
      return taken{std::move(*found), share::visitors};
    }
  }
  return std::nullopt;
}

std::optional<upstream_group::taken> upstream_group::take_sweep(page_store& store,
                                                                const circuit_breaker* breaker,
                                                                mono_time now, wall_time wall) {
  const bool shut = breaker != nullptr && breaker->now_state() != circuit_breaker::state::closed;
  if (shut || sweeps_ >= sweeps_max_) return std::nullopt;
  auto found = next_in(lane::sweep, store, now);  // one that failed, and has its next try
  for (std::size_t i = 0; !found && i < walks_.size(); ++i) {
    walk_ = (walk_ + 1) % walks_.size();
    const auto page = walks_[walk_].next(store, now, wall);
    if (!page) continue;
    store.mark_page(*page, {.why = cause::sweep, .in = lane::sweep}, now);
    found = store.claim_next(walks_[walk_].of(), now, lane::sweep, lane::sweep);
  }
  if (!found) return std::nullopt;
  ++sweeps_;
  return taken{std::move(*found), share::sweep};
}

std::optional<mono_time> upstream_group::next_sweep() const {
  if (walks_.empty() || sweeps_ >= sweeps_max_) return std::nullopt;
  return std::ranges::min_element(walks_, {}, &sweep_walk::next_at)->next_at();
}

void upstream_group::give_back(share of) {
  auto& n = of == share::common     ? common_
            : of == share::visitors ? visitors_
            : of == share::probe    ? probes_
                                    : sweeps_;
  assert(n > 0);
  --n;
}

std::optional<mono_time> upstream_group::next_probe(const circuit_breaker* breaker) const {
  if (breaker == nullptr || breaker->now_state() == circuit_breaker::state::closed || probes_ > 0)
    return std::nullopt;
  return std::max(breaker->opens_again(), probe_not_before_);
}

}  // namespace freshet
