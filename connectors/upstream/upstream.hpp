#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// Who waits for a call: a visitor goes first, and has a share of the permits to himself.
enum class call_lane { visitor, background };

/// One question to an upstream, all placeholders replaced and encoded.
struct upstream_request {
  std::string method = "GET";
  std::string target;  // origin-form, appended to the upstream's URL path
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t body_max = 16u << 20;  // bytes after inflation
  std::uint32_t redirects = 0;
  call_lane lane = call_lane::background;
  /// Not empty: `target` is a reference that an answer gave, relative to that answer's `at`; it
  /// must stay at the upstream's origin.
  std::string base = {};
};

/// What it said. 2xx, 404 and 410 are answers; everything else is an error with the status kept.
struct upstream_answer {
  unsigned status = 0;
  std::string body;  // inflated
  std::string content_type;
  std::size_t bytes_received = 0;
  std::string at = {};    // where it was found: what its references are relative to
  std::string link = {};  // its Link fields
};

/// A system that owns the data.
///
/// Shape:    fetch() makes one attempt within the upstream's timeout; limits, retries and the
/// breaker
///           are around it, not in it.
/// Errors:   client_errc, or status_error with the status and Retry-After
/// (net/client/client_errc.hpp);
///           `detail` names the URL without secrets. Does not throw but bad_alloc.
/// Lifetime: outlives its fetches (they run in the owner's task_scope).
/// Threads:  home loop only.
class upstream {
 public:
  virtual ~upstream() = default;
  virtual std::string_view name() const = 0;
  virtual boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) = 0;
};

}  // namespace freshet
