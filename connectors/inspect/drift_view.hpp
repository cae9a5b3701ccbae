#pragma once

#include "connectors/inspect/inspected.hpp"
#include "core/json/writer.hpp"

namespace freshet {

/// What the sweep found of a page class: how many pages were wrong, the newest of them, and the
/// rules that should have caught them; as members of the object that is open.
void write_drift(json::writer& w, const inspected& of, class_id page);

}  // namespace freshet
