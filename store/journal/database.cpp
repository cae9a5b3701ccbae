#include "store/journal/database.hpp"

#include <sqlite3.h>

#include "store/journal/journal_errc.hpp"

namespace freshet {
namespace {

journal_errc meaning_of(int code) {
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) return journal_errc::unsynced;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return journal_errc::full;
    case SQLITE_CORRUPT:
      return journal_errc::damaged;
    case SQLITE_NOTADB:
      return journal_errc::foreign;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return journal_errc::in_use;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return journal_errc::unusable;
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_FORMAT:
      return journal_errc::damaged;  // our statements fit our schema, so it is not ours any more
    default:
      return journal_errc::io;
  }
}

}  // namespace

result<std::unique_ptr<database>> database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (raw == nullptr) return error(journal_errc::io, path + ": out of memory");
  std::unique_ptr<database> made(new database(raw, path));
  sqlite3_extended_result_codes(raw, 1);
  if (code != SQLITE_OK) return made->failure(code);
  return made;
}

database::~database() { sqlite3_close_v2(raw_); }

error database::failure(int code) const {
  return {meaning_of(code), path_ + ": " + sqlite3_errmsg(raw_)};
}

result<> database::execute(const char* sql) {
  assert_thread();
  if (const int code = sqlite3_exec(raw_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
    return failure(code);
  return {};
}

result<statement> database::prepare(std::string_view sql) {
  assert_thread();
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v3(raw_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return statement(*this, made);
}

result<std::int64_t> database::number(const char* sql) {
  auto ask = prepare(sql);
  if (!ask) return ask.error();
  const auto row = ask->step();
  if (!row) return row.error();
  return *row ? ask->integer(0) : 0;
}

result<std::string> database::text(const char* sql) {
  auto ask = prepare(sql);
  if (!ask) return ask.error();
  const auto row = ask->step();
  if (!row) return row.error();
  return *row ? std::string(ask->text(0)) : std::string();
}

}  // namespace freshet
