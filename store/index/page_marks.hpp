#pragma once

#include <deque>
#include <span>

#include "store/index/dependency_index.hpp"
#include "store/index/recent_tags.hpp"
#include "store/ledger/ledger.hpp"

namespace freshet {

/// What one matched rule says: the pages of a class whose bound dimensions have these values.
struct tag_mark {
  class_id of = 0;
  dimension_mask bound = 0;
  std::span<const std::string_view> values;  // lowest bit first
  mark_request what;
};

/// Turns tags into marks on pages, however many they are.
///
/// A tag with more than `wide_above` members takes one number for itself at once and reaches its
/// members by and by (slice); until then the ledger adds the tag's want to the page's own, so no
/// page is ever shown as fresher than it is and no refresh is taken for newer than it was.
///
/// Shape:    wide marks not finished are bounded by the number of wide tags with pages: a second
///           mark on a tag joins the first one's turn.
/// Lifetime: index and book outlive it; forget() goes before both. Registers itself with the
///           ledger.
/// Threads:  home loop only.
class page_marks final : public wide_wants {
 public:
  page_marks(dependency_index& index, ledger& book, std::size_t wide_above = 256);
  ~page_marks() override;
  page_marks(const page_marks&) = delete;
  page_marks& operator=(const page_marks&) = delete;

  /// Makes a page known to index and ledger.
  bool add(page_ref page, class_id of, const page_values& values, sequence version = 0);
  void forget(page_ref page);

  struct marked {
    sequence at = 0;
    std::size_t pages = 0;  // members of the tag
    bool wide = false;      // slice() has work
  };
  marked mark(const tag_mark& tag, mono_time now);
  /// Reaches at most `pages_max` members; true while more are left.
  bool slice(std::size_t pages_max, mono_time now);

  /// After ledger::commit accepted a body whose `shows` values are these: they are in force since
  /// the claim, so an event that named one of them meanwhile queues the page again. True if it did.
  /// False in `whole` of the result: more tags than the index keeps for one page.
  struct learned {
    bool requeued = false;
    bool whole = true;
  };
  learned learn(page_ref page, class_id of, const page_values& values, const claim_token& token,
                mono_time now);

  bool any() const override { return !wide_.empty(); }
  void collect(page_ref page, std::vector<wide_want>& into) const override;
  std::size_t bytes() const;

 private:
  struct wide_mark {
    tag_hash tag;
    sequence at;
    mark_request what;
    std::size_t left;    // members [0, left) were not reached
    bool again = false;  // marked anew on the way: one more turn
  };

  void start_wide(wide_mark w);

  dependency_index& index_;
  ledger& book_;
  std::size_t wide_above_;
  recent_tags recent_;
  std::deque<wide_mark> wide_;
};

}  // namespace freshet
