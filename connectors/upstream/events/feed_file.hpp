#pragma once

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

/// The lists of all feeds in one SQLite file.
///
/// Shape:    each event stands once in a list, whoever brings it again; a list has the `keep`
///           newest by their time, the later come first among equals.
/// Errors:   as database says.
/// Threads:  the one that opened it.
class feed_file {
 public:
  /// `path`: "" = in memory.
  static result<std::unique_ptr<feed_file>> open(const std::string& path);

  /// All or nothing; on the disk when it returns.
  result<> add(std::span<const feed_entry> entries);
  /// A JSON array, the newest first.
  result<std::string> newest(std::string_view feed, std::string_view value, std::size_t count);

 private:
  struct statements {
    statement insert, trim, newest;
  };
  explicit feed_file(std::unique_ptr<database> db) : db_(std::move(db)) {}
  result<> prepare();

  std::unique_ptr<database> db_;
  std::optional<statements> sql_;
};

}  // namespace freshet
