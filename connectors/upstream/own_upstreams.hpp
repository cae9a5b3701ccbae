#pragma once

#include <vector>

#include "core/config/settings.hpp"
#include "store/page/site.hpp"

namespace freshet {

/// Upstreams that this process is itself: a `search` finds the pages of a class that there is, and
/// that everybody may see; the name that an `events` goes by is given by a tag. What is not so
/// becomes a diagnostic at the upstream's place.
void check_own_upstreams(const config::settings& settings, const site& pages,
                         std::vector<config::diagnostic>& problems);

}  // namespace freshet
