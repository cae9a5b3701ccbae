#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/change.hpp"
#include "store/journal/locked_event.hpp"
#include "store/ledger/freshness.hpp"
#include "store/ledger/page_trouble.hpp"

namespace freshet {

/// What a configuration says of a page class, as far as the journal has to know: a page whose class
/// reads differently now is shown as stale.
struct saved_class {
  std::string name;
  std::uint64_t recipe = 0;
};

/// A page's place in the journal; given once.
using page_row = std::uint64_t;

/// Everything about one page but its body.
struct saved_page {
  struct part {
    sequence want = 0;
    sequence have = 0;
    bool operator==(const part&) const = default;
  };

  page_row row = 0;
  std::string path;      // canonical
  sequence version = 0;  // of the content, and the place of its change record; 0 = never built
  sequence have = 0;
  std::vector<part> parts;
  wall_time verified{};
  std::uint8_t popularity = 0;
  std::uint8_t attempts = 0;
  std::uint8_t errors = 0;
  wall_time errors_since{};
  std::optional<wall_time> parked_until{};
  std::string failure;
  cause why = cause::miss;
  origin_ptr from{};
  floor_ptr floor{};         // what it has to show and does not yet
  bool floor_unmet = false;  // its version was taken without it
  bool reread = false;       // it was to be read once more
  std::string change_event;
  std::string change_topic;
  std::string change_etag;
};

/// Something that happened to a page that is not known any more.
struct saved_change {
  sequence at = 0;
  change::kind what = change::kind::reload;
  std::string class_name;
  std::string path;
  std::string etag;
  std::string event_id;
  std::string topic;
};

/// How far a bus was read, in the bus's own words.
struct saved_cursor {
  std::string bus;
  std::uint64_t connection = 0;  // a bus of this name with another one is another bus
  std::string position;
  bool operator==(const saved_cursor&) const = default;
};

/// Pages of this class whose bytes are not as new as `since` may have missed events.
struct saved_doubt {
  std::string class_name;
  sequence since = 0;
  bool operator==(const saved_doubt&) const = default;
};

/// What home hands over to be written as one transaction: the state of pages as it was between two
/// turns of the loop (I8).
///
/// Shape:    each page once. Cursors come with the last of the batches that hold every mark which
///           stood before them, never earlier.
/// Lifetime: immutable once handed over.
struct journal_batch {
  struct page {
    class_id of = 0;
    saved_page what;
    entry_ptr content;  // null: the body is on disk already, or there is none
  };

  std::shared_ptr<const std::vector<saved_class>> classes;  // by class_id
  std::vector<page> pages;
  std::vector<page_row> forgotten;
  std::vector<saved_change> gone;
  std::vector<saved_cursor> cursors;
  std::vector<saved_doubt> doubts;      // that came up in this run, before the cursors
  std::vector<std::uint64_t> unlocked;  // numbers that the locker has no more; go first
  std::vector<locked_event> locked;     // new there
  std::vector<locked_event>
      locked_again;       // there already, without bytes: they came or failed again
  sequence dropped = 0;   // the change log's window begins above
  sequence changed = 0;   // the newest change
  sequence reserved = 0;  // every number up to here may be in use
  std::uint64_t body_bytes = 0;

  bool empty() const {
    return pages.empty() && forgotten.empty() && gone.empty() && cursors.empty() &&
           doubts.empty() && unlocked.empty() && locked.empty() && locked_again.empty();
  }
};

/// What a journal says of the run before.
struct journal_head {
  bool clean = false;  // the last run ended well: its epoch goes on
  std::uint64_t epoch = 0;
  sequence reserved = 0;
  sequence dropped = 0;
  sequence changed = 0;
  page_row last_row = 0;
  std::vector<saved_cursor> cursors;
  std::vector<saved_doubt> doubts;
};

}  // namespace freshet
