#include "connectors/inspect/page_tally.hpp"

namespace freshet {

void add_page(page_tally& t, const page_store& store, const slot& s) {
  ++t.known;
  const auto* shown = s.current.load(std::memory_order_acquire);
  const bool cached = shown != nullptr && shown->content;
  ++(cached ? t.cached : t.missing);
  const auto state = store.book().state(s.ref);
  if (state == freshness_state::parked) {
    ++t.parked;
    if (t.parked_some.size() < page_tally::parked_some_max) t.parked_some.push_back(s.ref);
  }
  if (!cached) return;
  if (state == freshness_state::stale) ++t.stale;
  if (state == freshness_state::unverified) ++t.unverified;
  const auto verified = store.book().verified(s.ref);
  if (t.oldest_verified == wall_time{} || verified < t.oldest_verified)
    t.oldest_verified = verified;
}

std::vector<page_tally> tally_pages(const page_store& store) {
  std::vector<page_tally> out(store.pages().pages().size());
  store.for_each_known([&](const slot& s) { add_page(out[s.page], store, s); });
  return out;
}

}  // namespace freshet
