#pragma once

#include "store/journal/journal_batch.hpp"

namespace freshet {

/// Something else than pages that home keeps on the disk, in the same transactions.
///
/// Shape:    like unsaved_pages: what changed is noted, and copied only when the disk is ready.
/// Lifetime: outlives the journal.
/// Threads:  home loop only.
class journal_guest {
 public:
  virtual ~journal_guest() = default;
  /// There is something to write.
  virtual bool any() const = 0;
  /// Adds all of it to a batch.
  virtual void cut(journal_batch& into) = 0;
  /// The batch could not be written.
  virtual void give_back(const journal_batch& batch) = 0;
  /// Nothing of what was written before is there any more.
  virtual void note_everything() = 0;
};

}  // namespace freshet
