#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/upstream/events/fed_event.hpp"
#include "store/journal/database.hpp"

namespace freshet {

/// An event's way into one list: of this feed, for this value, which keeps so many.
struct feed_entry {
  std::string feed;
  std::string value;
  std::uint32_t keep = 100;
  std::shared_ptr<const fed_event> what;
};

struct feed_bounds {
  std::size_t lists = 100'000;  // of one feed
  std::size_t bytes = 0;        // of all feeds; 0 = the disk is the bound
};

/// The lists of all feeds in one SQLite file.
///
/// Shape:    each event stands once in a list, whoever brings it again; a list has the `keep`
///           newest by their time, the later come first among equals. Beyond the bounds whole
///           lists go: of the feed that has most of them, the one whose newest event is the oldest.
/// Errors:   as database says; newest(): client_errc::too_large.
/// Threads:  the one that opened it.
class feed_file {
 public:
  /// `path`: "" = in memory.
  static result<std::unique_ptr<feed_file>> open(const std::string& path, feed_bounds bounds = {});

  struct added {
    std::size_t dropped = 0;  // lists
    std::size_t bytes = 0;    // in memory
  };
  /// All or nothing; on the disk when it returns.
  result<added> add(std::span<const feed_entry> entries);
  /// A JSON array, the newest first, of at most so many bytes.
  result<std::string> newest(std::string_view feed, std::string_view value, std::size_t count,
                             std::size_t bytes_max);

 private:
  struct statements {
    statement insert, trim, newest, list, list_time, oldest, drop_entries, drop_list;
  };
  feed_file(std::unique_ptr<database> db, feed_bounds bounds, bool in_memory)
      : bounds_(bounds), in_memory_(in_memory), db_(std::move(db)) {}
  result<> prepare();
  result<> count_lists();
  result<> put(const feed_entry& entry);
  result<std::size_t> drop_surplus();
  result<> drop_oldest(std::map<std::string, std::size_t>::value_type& of);

  feed_bounds bounds_;
  bool in_memory_;
  std::unique_ptr<database> db_;
  std::optional<statements> sql_;
  std::map<std::string, std::size_t> lists_;  // by feed: how many
  bool counted_ = false;
};

}  // namespace freshet
