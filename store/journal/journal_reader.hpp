#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/journal/body_coding.hpp"
#include "store/journal/database.hpp"
#include "store/journal/journal_rows.hpp"

namespace freshet {

/// A body as it was read back.
struct recalled_body {
  page_row row = 0;
  sequence version = 0;
  std::uint16_t status = 200;
  std::array<char, 32> etag{};
  wall_time modified{};
  std::string body;
};

/// Reads a journal from its beginning to its end, a chunk at a time: first every page without its
/// body, then the changes of pages that are gone, then the bodies.
///
/// Shape:    an empty chunk is the end. A body whose checksum is wrong is left out and counted.
/// Errors:   as database says.
/// Lifetime: the database outlives it; nothing is written while pages or changes are read.
/// Threads:  the database's.
class journal_reader {
 public:
  explicit journal_reader(database& db) : db_(db) {}

  result<std::vector<recalled_page>> pages(std::size_t most);
  result<std::vector<saved_change>> gone(std::size_t most);
  /// Until `most` rows or about `bytes` bytes, of the rows that were there at the first call.
  /// Others may be written between two calls.
  result<std::vector<recalled_body>> bodies(std::size_t most, std::size_t bytes);
  /// These, as far as they are there and good.
  result<std::vector<recalled_body>> bodies_of(const std::vector<page_row>& rows);
  /// Everything that was in the locker, which is bounded, the oldest first.
  result<std::vector<locked_event>> locked();
  std::uint64_t spoiled() const { return spoiled_; }

 private:
  std::optional<recalled_body> body_of(const statement& row);
  struct walk {
    std::optional<statement> rows;
    bool ended = false;
  };
  template <class Row>
  result<std::vector<Row>> chunk(walk& at, std::string_view sql, std::size_t most,
                                 Row (*read)(const statement&));

  database& db_;
  body_coding coding_;
  walk pages_, gone_;
  std::optional<statement> bodies_, one_body_;
  page_row last_body_ = 0;
  page_row end_of_bodies_ = 0;
  std::uint64_t spoiled_ = 0;
};

}  // namespace freshet
