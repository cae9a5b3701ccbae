#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "store/entry.hpp"
#include "store/page/page_key.hpp"

namespace freshet::api {

/// What a visitor of a page that is not in the cache gets.
///
/// Shape:   `shown` holds content exactly when `what` is served; its fragment are the last lines of
///          this visitor's own head (who caused the refresh, who joined it).
/// Threads: a value; may travel from home to another loop.
struct miss_answer {
  enum class outcome : std::uint8_t {
    served,
    wait_passed,  // 503: the page's `wait` is over, the refresh goes on
    queue_full,   // 503: too many visitors wait already
    failed,       // 502: the upstream failed after its retries
    parked,       // 502: the page gave up, `explain` says why
    unlisted,     // 404: `keys = "listed"` and nobody listed it
  };
  outcome what = outcome::served;
  shown_page shown{};
  std::chrono::seconds retry_after{1};
  std::string detail;  // for the visitor: no secrets, no addresses
};

/// The way from a loop to the miss path. Never throws but cancellation and bad_alloc.
using ask_for_page =
    std::function<boost::asio::awaitable<miss_answer>(page_key key, std::string canonical)>;

}  // namespace freshet::api
