#pragma once

#include <string>
#include <vector>

#include "connectors/inspect/inspected.hpp"

namespace freshet {

/// What an event did, as one JSON object: the rules that matched, the pages it marked and how they
/// are now, the rules that gave it nothing and why.
///
/// Shape: `found` are the records of one id, the newest first, at least one: ids are shared by
///        different messages in the wild; the others follow in short.
std::string explain_known_event(const inspected& of, const std::vector<event_record>& found);

}  // namespace freshet
