#pragma once

#include <functional>
#include <set>

#include "connectors/locker/locker.hpp"
#include "store/journal/journal_guest.hpp"

namespace freshet {

/// What the journal does not have of a locker as it is now.
///
/// Shape:    numbers only: an event that comes a thousand times between two transactions is written
///           once, and its bytes only the first time. Until follow() nothing is noted.
/// Lifetime: the locker outlives it, but for its own destructor.
/// Threads:  home loop only.
class locker_notes final : public locker_keeper, public journal_guest {
 public:
  /// `woken` hears when there is something to write. `written`: what of it the disk has.
  void follow(const locker& of, std::vector<std::uint64_t> written, std::function<void()> woken);

  void kept(const locked_event& one) override;
  void gone(std::uint64_t number) override;

  bool any() const override { return !changed_.empty() || !gone_.empty(); }
  void cut(journal_batch& into) override;
  void give_back(const journal_batch& batch) override;
  void note_everything() override;

 private:
  const locker* of_ = nullptr;
  std::function<void()> woken_;
  std::set<std::uint64_t> written_;  // with their bytes
  std::set<std::uint64_t> changed_;
  std::set<std::uint64_t> gone_;
};

}  // namespace freshet
