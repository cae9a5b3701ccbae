#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "store/journal/statement.hpp"

struct sqlite3;

namespace freshet {

/// One SQLite file, opened by one thread for itself.
///
/// Errors:   journal_errc, by what the caller can do about it: full, io, unsynced, damaged, foreign
///           (no SQLite file at all), in_use.
/// Lifetime: statements are gone before it.
/// Threads:  the one that opened it, asserted by each call: a file's fsync must never hold up a
///           loop.
class database {
 public:
  static result<std::unique_ptr<database>> open(const std::string& path);
  ~database();
  database(const database&) = delete;

  result<> execute(const char* sql);
  result<statement> prepare(std::string_view sql);
  /// The first column of the first row, as a number.
  result<std::int64_t> number(const char* sql);
  result<std::string> text(const char* sql);

  /// Everything in `f` or nothing; `f` answers result<>.
  template <class F>
  result<> transaction(F&& f) {
    if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
    result<> done = f();
    if (done) done = execute("COMMIT");
    if (!done) static_cast<void>(execute("ROLLBACK"));
    return done;
  }

  /// What a code of SQLite means here, with the text that goes with it.
  error failure(int code) const;
  void assert_thread() const { assert(std::this_thread::get_id() == owner_); }

 private:
  database(sqlite3* raw, std::string path) : raw_(raw), path_(std::move(path)) {}

  sqlite3* raw_;
  std::string path_;
  std::thread::id owner_ = std::this_thread::get_id();
};

}  // namespace freshet
