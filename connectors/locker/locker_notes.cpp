#include "connectors/locker/locker_notes.hpp"

#include <utility>

namespace freshet {

void locker_notes::follow(const locker& of, std::vector<std::uint64_t> written,
                          std::function<void()> woken) {
  of_ = &of;
  woken_ = std::move(woken);
  written_ = {written.begin(), written.end()};
  // What the locker had no room for when it was filled again.
  for (const auto number : written)
    if (of.find(number) == nullptr) gone(number);
}

void locker_notes::kept(const locked_event& one) {
  if (of_ == nullptr) return;
  changed_.insert(one.number);
  woken_();
}

void locker_notes::gone(std::uint64_t number) {
  if (of_ == nullptr) return;
  changed_.erase(number);
  if (written_.erase(number) == 0) return;  // the disk never heard of it
  gone_.insert(number);
  woken_();
}

void locker_notes::cut(journal_batch& into) {
  into.unlocked.assign(gone_.begin(), gone_.end());
  gone_.clear();
  for (const auto number : std::exchange(changed_, {})) {
    const auto* one = of_->find(number);
    if (one == nullptr) continue;
    if (written_.insert(number).second) {
      into.locked.push_back(*one);
      continue;
    }
    auto& again = into.locked_again.emplace_back();
    again.number = number;
    again.why = one->why;
    again.detail = one->detail;
    again.last = one->last;
    again.times = one->times;
    again.tries = one->tries;
  }
}

void locker_notes::give_back(const journal_batch& batch) {
  for (const auto& one : batch.locked) {
    written_.erase(one.number);
    gone_.erase(one.number);  // what was never written need not be deleted
    if (of_->find(one.number) != nullptr) changed_.insert(one.number);
  }
  for (const auto& one : batch.locked_again)
    if (of_->find(one.number) != nullptr) changed_.insert(one.number);
  gone_.insert(batch.unlocked.begin(), batch.unlocked.end());
}

void locker_notes::note_everything() {
  written_.clear();
  gone_.clear();
  for (const auto number : of_->numbers()) changed_.insert(number);
}

}  // namespace freshet
