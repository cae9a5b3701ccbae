#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <optional>

#include "store/index/dependency_index.hpp"
#include "store/ledger/claim.hpp"

namespace freshet {

/// The marks that came while refreshes are up, by tag: a page that turns out to show a value learns
/// at its commit whether an event named that value after the page was fetched.
///
/// Shape:   at most `marks_max`; beyond it the oldest leaves and `forgotten()` rises: a claim older
///          than that cannot know, and its page is queued again to be safe.
/// Threads: home loop only.
class recent_tags {
 public:
  struct recent {
    sequence at = 0;
    mark_request what;
  };

  explicit recent_tags(std::size_t marks_max = 1u << 16) : marks_max_(marks_max) {}

  void note(tag_hash tag, sequence at, const mark_request& what);
  /// The newest mark of this tag; null when none is kept.
  const recent* find(tag_hash tag) const;
  /// No refresh that is up began before `oldest`; nothing = none is up.
  void prune(std::optional<sequence> oldest);
  sequence forgotten() const { return forgotten_; }
  std::size_t size() const { return order_.size(); }
  std::size_t bytes() const;

 private:
  void drop_front();

  std::size_t marks_max_;
  sequence forgotten_ = 0;
  std::deque<std::pair<sequence, tag_hash>> order_;
  absl::flat_hash_map<tag_hash, recent> newest_;
};

}  // namespace freshet
