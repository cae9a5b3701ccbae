#include "connectors/upstream/limits/batch_planner.hpp"

#include <algorithm>

namespace freshet {

std::vector<std::size_t> plan_batch(const std::vector<batch_item>& queue,
                                    std::size_t questions_max) {
  std::vector<std::size_t> taken;
  if (queue.empty()) return taken;
  taken.push_back(0);
  const auto& oldest = queue.front();
  auto questions = oldest.questions;
  auto most = oldest.most;
  for (std::size_t i = 1; i < queue.size() && !oldest.group.empty(); ++i) {
    if (taken.size() >= most || questions >= questions_max) break;
    const auto& next = queue[i];
    const bool fits = next.group == oldest.group && taken.size() < next.most &&
                      questions + next.questions <= questions_max;
    if (!fits) continue;
    taken.push_back(i);
    questions += next.questions;
    most = std::min(most, next.most);
  }
  return taken;
}

std::size_t smaller_batch(std::size_t together, bool last) {
  return last ? 1 : std::max<std::size_t>(together / 4, 1);
}

}  // namespace freshet
