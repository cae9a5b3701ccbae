#pragma once

#include <memory>
#include <optional>
#include <string>

#include "store/journal/body_coding.hpp"
#include "store/journal/database.hpp"
#include "store/journal/journal_batch.hpp"
#include "store/journal/journal_lock.hpp"
#include "store/journal/journal_reader.hpp"

namespace freshet {

/// The journal on disk: an SQLite file with a write-ahead log, each commit of which is on the disk
/// before it is reported (synchronous=FULL), so that what was acknowledged survives a loss of
/// power.
///
/// Shape:    open() moves a file that cannot be used aside, as FILE.damaged-TIME with its -wal, and
///           begins a new one; `aside` then says so in one sentence.
/// Errors:   open(): in_use, unusable, io, full. commit(): after full and io the file is as it was
///           and the same may be tried again; after anything else it has to be renewed.
/// Threads:  one, asserted: never a loop's.
/// Source:   SQLite's documentation of WAL; fsyncgate, for why nothing is tried again after a
///           failed fsync.
class journal_file {
 public:
  struct options {
    std::string path;
    std::uint32_t pages_max = 0;  // of the file; 0 = no limit but the disk's. For tests
  };
  struct opened {
    std::unique_ptr<journal_file> file;
    journal_head head;
    std::string aside;  // "" = the file was there and good, or there was none
  };
  static result<opened> open(options o, wall_time now);
  journal_file(const journal_file&) = delete;

  /// A run begins: from now on the file says that it did not end well.
  result<> begin(std::uint64_t epoch, sequence reserved, const std::vector<saved_doubt>& doubts);
  result<> commit(const journal_batch& batch);
  /// The run ended well. REQUIRES: everything was committed.
  result<> end(sequence reserved);
  /// Moves the file aside and begins a new, empty one.
  result<> renew(std::string_view why, wall_time now);

  /// REQUIRES: is_open().
  journal_reader& reader();
  bool is_open() const { return sql_.has_value(); }
  /// What the file and its log take on the disk.
  std::uint64_t bytes() const;

 private:
  struct statements {
    statement page, body, drop_page, drop_body, gone, trim_gone, cursor, meta;
    statement doubt, unlock, lock, lock_again;
  };

  journal_file(options o, journal_lock lock) : options_(std::move(o)), lock_(std::move(lock)) {}
  result<journal_head> open_and_read();
  result<> open_database();
  result<> prepare();
  result<journal_head> read_head();
  result<std::string> move_aside(std::string_view why, wall_time now);
  result<> write_pages(const journal_batch& batch);
  result<> write_beside(const journal_batch& batch);
  result<> write_body(page_row row, const entry& content);
  result<> set(std::string_view name, std::uint64_t value);

  options options_;
  journal_lock lock_;
  std::unique_ptr<database> db_;
  std::optional<statements> sql_;  // after the database: it goes first
  std::optional<journal_reader> reader_;
  body_coding coding_;
};

}  // namespace freshet
