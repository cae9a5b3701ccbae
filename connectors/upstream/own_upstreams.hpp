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

/// What feeds and searches may each have in memory, an eighth of `memory`; 0 = no bound: with
/// `state` they have files.
std::size_t own_bytes_max(const config::settings& settings);
/// `memory` without that, where the configuration has such upstreams.
std::size_t memory_for_pages(const config::settings& settings);

}  // namespace freshet
