#pragma once

#include <list>
#include <memory>
#include <vector>

#include "app/bench/freshness/strategy.hpp"

namespace freshet::app {

/// How the systems that freshet replaces kept pages: a cache that somebody expires or deletes.
/// Visitors of a page that is not there join the call that is under way; few of those systems did
/// them that favour.
enum class cache_habit : std::uint8_t {
  expire,           // good for five minutes, whatever happens
  refresh_on_read,  // what is there is shown, and each visit has it fetched again
  delete_refill,    // an event deletes the page and has it fetched at once
  delete_only,      // an event deletes the page; the next visitor has it fetched
};

std::unique_ptr<strategy> make_cache(cache_habit habit, world& in);

}  // namespace freshet::app
