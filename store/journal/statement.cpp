#include "store/journal/statement.hpp"

#include <sqlite3.h>

#include <utility>

#include "store/journal/database.hpp"

namespace freshet {

statement::statement(statement&& other) noexcept
    : of_(other.of_), raw_(std::exchange(other.raw_, nullptr)) {}

statement& statement::operator=(statement&& other) noexcept {
  std::swap(of_, other.of_);
  std::swap(raw_, other.raw_);
  return *this;
}

statement::~statement() { sqlite3_finalize(raw_); }

// A wrong index is a bug and shows as a step that fails; SQLite's own limits are far above ours.
statement& statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(raw_, at, value);
  return *this;
}

statement& statement::bind(int at, std::string_view text) {
  sqlite3_bind_text64(raw_, at, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

statement& statement::bind_blob(int at, std::string_view bytes) {
  sqlite3_bind_blob64(raw_, at, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

statement& statement::bind_null(int at) {
  sqlite3_bind_null(raw_, at);
  return *this;
}

result<bool> statement::step() {
  of_->assert_thread();
  const int code = sqlite3_step(raw_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return of_->failure(code);
}

result<> statement::run() {
  result<bool> more = true;
  while (more && *more) more = step();
  reset();
  if (!more) return more.error();
  return {};
}

void statement::reset() {
  sqlite3_reset(raw_);
  sqlite3_clear_bindings(raw_);
}

std::int64_t statement::integer(int column) const { return sqlite3_column_int64(raw_, column); }

std::string_view statement::text(int column) const {
  const auto* at = reinterpret_cast<const char*>(sqlite3_column_text(raw_, column));
  return {at == nullptr ? "" : at, static_cast<std::size_t>(sqlite3_column_bytes(raw_, column))};
}

std::string_view statement::blob(int column) const {
  const auto* at = static_cast<const char*>(sqlite3_column_blob(raw_, column));
  return {at == nullptr ? "" : at, static_cast<std::size_t>(sqlite3_column_bytes(raw_, column))};
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(raw_, column) == SQLITE_NULL;
}

}  // namespace freshet
