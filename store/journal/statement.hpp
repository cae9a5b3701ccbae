#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

struct sqlite3_stmt;

namespace freshet {

class database;

/// One prepared SQL statement, used again and again.
///
/// Shape:    bind() counts parameters from 1, the reading functions columns from 0. Text and blobs
///           that are bound are borrowed until the next reset().
/// Errors:   step() and run(): as database says.
/// Lifetime: the database outlives it. What text() and blob() answer is valid until the next step.
/// Threads:  the database's.
class statement {
 public:
  statement() = default;
  statement(database& of, sqlite3_stmt* raw) : of_(&of), raw_(raw) {}
  statement(statement&& other) noexcept;
  statement& operator=(statement&& other) noexcept;
  ~statement();

  statement& bind(int at, std::int64_t value);
  statement& bind(int at, std::string_view text);
  statement& bind_blob(int at, std::string_view bytes);
  statement& bind_null(int at);

  /// True: a row is there to be read.
  result<bool> step();
  /// To the end; forgets what was bound.
  result<> run();
  void reset();

  std::int64_t integer(int column) const;
  std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  database* of_ = nullptr;
  sqlite3_stmt* raw_ = nullptr;
};

}  // namespace freshet
