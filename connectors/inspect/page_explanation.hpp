#pragma once

#include <string>

#include "connectors/inspect/inspected.hpp"

namespace freshet {

std::string_view text_of(freshness_state state);

/// Why a page is as it is, as one JSON object (CONTRACT section 6).
///
/// Shape:  `cause` is null when no event stands behind the content (a visitor, an operator). Calls
///         are those of the last refresh, as long as the history has it. `next` is null when
///         nothing is due; `why` is the cause of the work that waits, or `running`, `retry`,
///         `parked`, `timer`. `changed` is when the content last changed, `version_cause` the event
///         that it changed with; `last` is the last refresh: when, why, and whether it brought
///         other bytes.
/// REQUIRES: the page is known.
std::string explain_known_page(const inspected& of, page_ref page);

}  // namespace freshet
