#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "store/home/page_store.hpp"
#include "store/journal/journal_batch.hpp"
#include "store/journal/unsaved_pages.hpp"

namespace freshet {

/// Makes batches of what a store has and its journal not yet.
///
/// Shape:    a page that was never built and gave no trouble is not worth a row. Each page that is
///           cut is whole: state, body and change record of one moment.
/// Lifetime: store and notes outlive it.
/// Threads:  home loop only.
class page_saver {
 public:
  page_saver(page_store& store, unsaved_pages& notes,
             std::shared_ptr<const std::vector<saved_class>> classes)
      : store_(store), notes_(notes), classes_(std::move(classes)) {}

  /// Adds the next noted pages, at most `most`, and until the bodies take about `body_bytes`. Rows
  /// for new pages come from `last_row`. Returns how many notes were taken; 0 = none is left.
  std::size_t cut(journal_batch& into, std::size_t most, std::uint64_t body_bytes,
                  page_row& last_row, mono_time now, wall_time wall);
  /// Adds what is gone, and where the change log stands. Afterwards the batch can be written.
  void finish(journal_batch& into);
  /// The batch could not be written: all of it is noted again, as it is by then.
  void give_back(const journal_batch& batch);
  /// Nothing of what was written before is there any more: everything is noted, bodies too.
  void note_everything();

  unsaved_pages& notes() { return notes_; }
  page_store& store() { return store_; }
  const std::vector<saved_class>& classes() const { return *classes_; }

 private:
  void add(journal_batch& into, page_ref page, bool with_content, page_row& last_row, mono_time now,
           wall_time wall);

  page_store& store_;
  unsaved_pages& notes_;
  std::shared_ptr<const std::vector<saved_class>> classes_;
};

}  // namespace freshet
