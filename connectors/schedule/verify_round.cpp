#include "connectors/schedule/verify_round.hpp"

#include <algorithm>
#include <array>

namespace freshet {

verify_round::verify_round(const config::settings& settings, page_store& store, mono_time now)
    : store_(store), pages_(settings.pages.size()) {
  for (const auto& page : settings.pages)
    paces_.emplace_back(page.warm ? page.warm->rate : usual_rate, now);
}

bool verify_round::in_doubt(page_ref page) const {
  if (store_.slot_of(page) == nullptr) return false;
  const auto& book = store_.book();
  if (book.in_doubt(page)) return true;
  // Built once, but its body did not come back.
  return book.version(page) != 0 && !store_.content(page);
}

void verify_round::collect_slice() {
  const auto end = std::min(*collected_ + slice_rows, store_.rows());
  for (auto page = *collected_; page < end; ++page)
    if (in_doubt(page)) pages_[store_.slot_of(page)->page].push_back(page);
  collected_ = end;
  if (end < store_.rows()) return;
  collected_.reset();
  sort();
}

/// In the order of their popularity: the most asked for stand last.
void verify_round::sort() {
  for (auto& pages : pages_) {
    std::array<std::vector<page_ref>, 256> by_heat;
    for (const auto page : pages)
      if (const auto* s = store_.slot_of(page))
        by_heat[s->popularity.load(std::memory_order_relaxed)].push_back(page);
    pages.clear();
    for (auto& each : by_heat) pages.insert(pages.end(), each.rbegin(), each.rend());
    left_ += pages.size();
  }
}

std::optional<mono_time> verify_round::step(mono_time now) {
  if (collected_) {
    collect_slice();
    return now;
  }
  auto next = mono_time::max();
  std::size_t done = 0;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    auto& pages = pages_[i];
    while (!pages.empty() && done < turn_pages) {
      // A page that somebody else has seen to costs nothing of the rate.
      const auto page = pages.back();
      const bool due = in_doubt(page);
      if (due && !paces_[i].take(now)) break;
      if (due && !store_.verify(page, lane::rest, now) && !store_.content(page))
        store_.ask(page, lane::rest, cause::sweep, now);
      pages.pop_back();
      --left_;
      ++done;
    }
    if (!pages.empty()) next = std::min(next, paces_[i].next());
  }
  if (left_ == 0) return std::nullopt;
  return done == turn_pages ? now : std::max(next, now);
}

}  // namespace freshet
