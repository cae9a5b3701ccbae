#include "connectors/refresh/answer_memory.hpp"

#include <algorithm>

#include "store/memory/memory_account.hpp"

namespace freshet {

/// What a page may have on average: a target may be as long as a request, and a validator 256
/// bytes.
constexpr std::size_t bytes_of_one = 1024;

std::size_t answer_memory::bytes_of(const page_answers& of) {
  std::size_t sum = sizeof(page_ref) + sizeof(page_answers) + 1 +
                    heap_bytes(of.answers.capacity() * sizeof(answer_validator));
  for (const auto& each : of.answers)
    sum += heap_bytes(each.target) + heap_bytes(each.etag) + heap_bytes(each.modified);
  return sum;
}

const answer_validator* answer_memory::find(page_ref page, const etag& shows,
                                            std::string_view target) const {
  const auto found = pages_.find(page);
  if (found == pages_.end() || found->second.shows != shows) return nullptr;
  const auto& all = found->second.answers;
  const auto at = std::ranges::find(all, target, &answer_validator::target);
  return at == all.end() ? nullptr : &*at;
}

void answer_memory::keep(page_ref page, const etag& before, const etag& now,
                         std::vector<answer_validator> answers) {
  auto found = pages_.find(page);
  if (found == pages_.end()) {
    if (answers.empty()) return;  // most upstreams say nothing
    found = pages_.try_emplace(page).first;
    order_.push_back(page);
  } else {
    bytes_ -= bytes_of(found->second);
  }
  auto& is = found->second;
  if (is.shows == before) {
    for (auto& old : is.answers) {
      const bool again = std::ranges::any_of(
          answers, [&](const answer_validator& a) { return a.target == old.target; });
      if (!again) answers.push_back(std::move(old));
    }
  }
  std::erase_if(answers, [](const answer_validator& a) {
    return a.etag.empty() && a.modified.empty();  // it says nothing any more
  });
  if (answers.size() > each_max) answers.resize(each_max);
  is.shows = now;
  is.answers = std::move(answers);
  bytes_ += bytes_of(is);
  while (order_.size() > most_ || bytes_ > most_ * bytes_of_one) {
    const auto oldest = pages_.find(order_.front());
    bytes_ -= bytes_of(oldest->second);
    pages_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace freshet
