#include "connectors/schedule/verifier.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "connectors/schedule/pace.hpp"

namespace freshet {
namespace {

constexpr page_ref slice_rows = 4096;
constexpr std::size_t turn_pages = 64;

}  // namespace

bool verifier::in_doubt(page_ref page) const {
  if (store_.slot_of(page) == nullptr) return false;
  const auto& book = store_.book();
  if (book.state(page) == freshness_state::unverified) return true;
  // Built once, but its body did not come back.
  return book.version(page) != 0 && !store_.content(page);
}

/// In the order of their popularity: the most asked for stand last.
asio::awaitable<void> verifier::collect() {
  pages_.assign(settings_.pages.size(), {});
  for (page_ref begin = 0; begin < store_.rows(); begin += slice_rows) {
    for (auto page = begin; page < std::min(begin + slice_rows, store_.rows()); ++page)
      if (in_doubt(page)) pages_[store_.slot_of(page)->page].push_back(page);
    co_await asio::post(ex_, asio::deferred);
  }
  left_ = 0;
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

asio::awaitable<void> verifier::run() {
  co_await collect();
  std::vector<pace> paces;
  for (const auto& page : settings_.pages)
    paces.emplace_back(page.warm ? page.warm->rate : usual_rate, time_.now());
  while (left_ > 0) {
    const auto now = time_.now();
    auto next = mono_time::max();
    std::size_t done = 0;
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      auto& pages = pages_[i];
      while (!pages.empty() && done < turn_pages) {
        // A page that somebody else has seen to costs nothing of the rate.
        const auto page = pages.back();
        const bool due = in_doubt(page);
        if (due && !paces[i].take(now)) break;
        if (due && !store_.verify(page, lane::rest, now) && !store_.content(page))
          store_.ask(page, lane::rest, cause::sweep, now);
        pages.pop_back();
        --left_;
        ++done;
      }
      if (!pages.empty()) next = std::min(next, paces[i].next());
    }
    if (left_ == 0) break;
    const auto pause = done == turn_pages ? std::chrono::nanoseconds{0} : next - now;
    asio::steady_timer timer(ex_, std::max<std::chrono::nanoseconds>(pause, {}));
    co_await timer.async_wait(asio::deferred);
  }
}

}  // namespace freshet
