#pragma once

#include "connectors/upstream/upstream.hpp"

namespace freshet {

/// Asks an upstream for a document: at once, or, for a `call`, round after round (call_plan).
///
/// Errors:   the upstream's; malformed, when `call` is no list of calls. 404 when a result that a
///           later call needs is null or not there.
/// Lifetime: the upstream outlives the call.
/// Threads:  home loop only.
boost::asio::awaitable<result<upstream_answer>> ask_upstream(upstream* of,
                                                             upstream_request request);

}  // namespace freshet
