#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace freshet {

/// Which of a class's pages may have missed events. A page remembers the generation in which its
/// bytes were fetched, so nothing here goes through pages.
///
/// Shape:    a doubt is for good: what is older has to be fetched again. A suspicion waits for an
///           answer (the missed events are being asked for) and is cleared when there is one: if
///           that was a bad one, a doubt was put beside it before. Several may stand at once, one
///           for each bus.
/// Threads:  home loop only; pure.
class class_doubts {
 public:
  using generation = std::uint32_t;
  /// What is fetched from now on.
  generation now() const { return now_; }
  /// The oldest that is in no doubt, and the newest that is.
  generation good() const { return sure_from_; }
  generation bad() const { return sure_from_ - 1; }

  void doubt() { sure_from_ = ++now_; }
  generation suspect() {
    suspected_.push_back(++now_);
    return now_;
  }
  void clear(generation which) { std::erase(suspected_, which); }

  bool doubted(generation fetched) const { return fetched < sure_from_; }
  bool unverified(generation fetched) const {
    return doubted(fetched) ||
           std::ranges::any_of(suspected_, [&](generation from) { return fetched < from; });
  }

 private:
  generation now_ = 1;
  generation sure_from_ = 1;
  std::vector<generation> suspected_;
};

}  // namespace freshet
