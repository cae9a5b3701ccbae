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

/// Who waits for a call: a visitor goes first, and has a share of the permits to himself; a sweep
/// goes when nobody else does.
enum class call_lane { visitor, background, sweep };

/// A method with its arguments as the text of a JSON array.
struct remote_call {
  std::string method;
  std::string arguments;
};

/// One question to an upstream, all placeholders replaced and encoded.
struct upstream_request {
  std::string method = "GET";
  std::string target;  // origin-form, appended to the upstream's URL path
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string call;                  // a fetch's `call`, see ask_upstream(); "" = none
  std::vector<remote_call> calls;    // of one round, none of which needs another
  std::vector<std::string> run;      // a program and its arguments
  std::size_t body_max = 16u << 20;  // bytes after inflation
  std::uint32_t redirects = 0;
  call_lane lane = call_lane::background;
  /// A 304 would do, if there is a validator to ask with; the answer's own are wanted.
  bool may_be_unchanged = false;
  std::string known_etag, known_modified;  // of the answer that the page shows; at most one
  /// Not empty: `target` is a reference that an answer gave, relative to that answer's `at`; it
  /// must stay at the upstream's origin.
  std::string base = {};
};

/// What it said. 2xx, 404 and 410 are answers, and 304 to who asked with a validator; everything
/// else is an error with the status kept.
struct upstream_answer {
  unsigned status = 0;
  std::string body;  // inflated
  std::string content_type;
  std::size_t bytes_received = 0;
  std::string at = {};                    // where it was found: what its references are relative to
  std::string link = {};                  // its Link fields
  std::string etag{}, modified{};         // usable validators, when they were wanted; at most one
  std::vector<std::string> results = {};  // JSON, one for each of the request's `calls`
};

/// A system that owns the data.
///
/// Shape:    fetch() makes one attempt within the upstream's timeout; limits, retries and the
///           breaker are around it, not in it.
/// Errors:   client_errc, or status_error with the status and Retry-After
///           (net/client/client_errc.hpp); `detail` names the URL without secrets. Does not throw
///           but bad_alloc.
/// Lifetime: outlives its fetches (they run in the owner's task_scope).
/// Threads:  home loop only.
class upstream {
 public:
  virtual ~upstream() = default;
  virtual std::string_view name() const = 0;
  virtual boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) = 0;

  /// Requests of one group, which is not "", may share a call; others never do.
  virtual std::string group_of(const upstream_request& request) const;
  /// Asks for requests of one group in one call. As many answers, in order: what one of them is
  /// refused is its own error; what spoils the call is everybody's.
  virtual boost::asio::awaitable<std::vector<result<upstream_answer>>> fetch_all(
      std::vector<upstream_request> requests);
};

}  // namespace freshet
