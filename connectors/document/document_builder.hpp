#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/document/page_recipe.hpp"
#include "connectors/upstream/upstream.hpp"
#include "core/async/worker_thread.hpp"
#include "core/clock.hpp"
#include "store/ledger/claim.hpp"
#include "store/page/page_key.hpp"

namespace freshet {

/// One call to an upstream as `explain` and `try` show it.
struct call_record {
  std::size_t part = 0;
  std::string target;
  unsigned status = 0;  // 0: no answer
  std::size_t bytes = 0;
  std::chrono::nanoseconds took{0};
  std::string failure;
  wall_time at{};  // when it was made
};

/// What one refresh brought.
///
/// Shape: `body` is a whole valid document (of the page's type) unless `good` is empty and `status`
///        is 0; `status` 200, 404 or 410. A part in `bad` kept its old bytes, or is null.
struct built_document {
  unsigned status = 0;
  std::string body;
  std::array<char, 32> etag{};  // of the body, unless status is 0
  part_mask good = 0;
  part_mask bad = 0;
  std::shared_ptr<const error> failure;  // of the first bad part
  bool upstream_trouble = false;         // the failure is the upstream's, not this page's
  bool unchanged = false;  // every upstream said so: the body is the old one, its tag is not made
  std::chrono::seconds retry_after{0};
  std::vector<call_record> calls;
};

/// What visitors of a page read that its upstream does not have: 404 or 410.
std::string negative_body(unsigned status);

/// Asks upstreams within their limits. Given by the composition root.
using upstream_caller = std::function<boost::asio::awaitable<result<upstream_answer>>(
    std::size_t upstream, upstream_request request, lane in)>;

/// Runs the fetches of one page: in parallel, or after the part whose result they name, and puts
/// their results together.
///
/// Errors:   never throws but bad_alloc; every failure is in the result. 404 or 410 of the first
///           part is the page's status, of a later one null. Everything that is not valid JSON, too
///           large, or does not meet `expect` is a failure, and the part keeps its old bytes.
/// Lifetime: recipe, caller and worker outlive the call.
/// Threads:  home loop only; what goes through every byte of a large body is done on `heavy`, if
///           there is one.
boost::asio::awaitable<built_document> build_document(const page_recipe* recipe,
                                                      const page_class* of, page_key key,
                                                      std::string old_body, part_mask parts,
                                                      lane in, const upstream_caller* call,
                                                      const clock* time,
                                                      worker_thread* heavy = nullptr);

}  // namespace freshet
