#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace freshet {

/// A request that waits for a permit, as the planner sees it.
struct batch_item {
  std::string_view group;     // "" = alone
  std::size_t questions = 1;  // what it counts against the bound
  std::size_t most = 1;       // it goes with at most so many others, itself among them
};

/// Which of the waiting requests the next call takes: the oldest, and of those behind it the ones
/// of its group, oldest first, while the call's bounds hold.
///
/// Shape:   pure. Places in `queue`, rising; the first is always 0. At most `questions_max`
///          questions, but the oldest goes whatever it asks; at most the smallest `most` of those
///          taken. Taken again and again, equal requests need ceil(n / most) calls, the fewest.
std::vector<std::size_t> plan_batch(const std::vector<batch_item>& queue,
                                    std::size_t questions_max);

/// How many may go together when a call of `together` failed and is tried again: a quarter, so that
/// what spoils a call, or makes it too slow or too large, is soon alone; `last` = alone at once.
std::size_t smaller_batch(std::size_t together, bool last);

}  // namespace freshet
