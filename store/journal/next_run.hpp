#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/home/page_store.hpp"
#include "store/journal/journal_batch.hpp"

namespace freshet {

/// How a run takes over from the one that a journal tells of. Pure, so that a simulation takes over
/// as the server does.
struct run_start {
  std::uint64_t epoch = 0;  // goes on after a clean end, else a new one
  sequence first = 0;       // above every number that may have been given away
};
/// `wall_micros`: numbers rise over restarts even when the file could not be written for a while,
/// unless the clock goes wrong, too.
run_start next_run(const journal_head& before, std::uint64_t wall_micros);

/// Which classes' pages are in doubt now: all after an end that was none; else those that `missed`
/// events (by class, as `names`) and those that were in doubt before.
std::vector<saved_doubt> doubts_of_next_run(const journal_head& before, sequence first,
                                            std::span<const std::string> names,
                                            const std::vector<bool>& missed);
/// 0 = nothing of the class is in doubt.
sequence doubted_since(std::span<const saved_doubt> doubts, std::string_view class_name);

/// Numbers that were never given away: the file is damaged, and whoever took them over would pass
/// the damage on to every number that follows.
bool contradicts(const saved_page& page, const journal_head& before);

/// What the store takes a saved page over as: parts that are older than `doubted_since` are in
/// doubt; with `forgetful` all are (what a page shows is not kept, nor a timer that ran out).
remembered_page remembered(const saved_page& page, class_id of, sequence doubted_since,
                           bool forgetful, wall_time now);

/// The change record of a page that is known, when a subscriber of the earlier run may still have
/// to be told; null when there is nothing to tell.
std::shared_ptr<change> change_of(const saved_page& page, const journal_head& before, class_id of,
                                  page_ref ref);
/// The same of one that is gone. `ref`: of the page that has its path now, else any free one.
std::shared_ptr<change> change_of(const saved_change& gone, class_id of, page_ref ref);

}  // namespace freshet
