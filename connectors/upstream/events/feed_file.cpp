#include "connectors/upstream/events/feed_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "store/journal/journal_errc.hpp"

namespace freshet {
namespace {

constexpr std::int64_t application_id = 0x46524645;  // FRFE
constexpr std::int64_t version = 1;

constexpr const char* manner =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY";

constexpr const char* schema = R"sql(
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY,
  feed TEXT NOT NULL,
  value TEXT NOT NULL,
  time INTEGER NOT NULL,      -- microseconds since 1970
  identity TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE UNIQUE INDEX entry_once ON entry (feed, value, identity);
CREATE INDEX entry_newest ON entry (feed, value, time DESC, seq DESC);
)sql";

result<> set_up(database& db, const std::string& path) {
  const auto id = db.number("PRAGMA application_id");
  if (!id) return id.error();
  const auto is = db.number("PRAGMA user_version");
  if (!is) return is.error();
  const auto tables = db.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == 0 && *id == 0) {
    return db.transaction([&]() -> result<> {
      if (auto made = db.execute(schema); !made) return made;
      const auto sign =
          fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, version);
      return db.execute(sign.c_str());
    });
  }
  if (*id != application_id)
    return error(journal_errc::foreign, path + ": an SQLite file of another program");
  if (*is != version)
    return error(journal_errc::newer,
                 fmt::format("{}: its version is {}, this freshet knows {}", path, *is, version));
  return {};
}

}  // namespace

result<std::unique_ptr<feed_file>> feed_file::open(const std::string& path) {
  auto db = database::open(path.empty() ? ":memory:" : path);
  if (!db) return db.error();
  if (auto good = set_up(**db, path); !good) return good.error();
  if (auto good = (*db)->execute(manner); !good) return good.error();
  std::unique_ptr<feed_file> made(new feed_file(std::move(*db)));
  if (auto good = made->prepare(); !good) return good.error();
  return made;
}

result<> feed_file::prepare() {
  auto insert = db_->prepare(
      "INSERT OR IGNORE INTO entry (feed, value, time, identity, document) VALUES "
      "(?1,?2,?3,?4,?5)");
  if (!insert) return insert.error();
  auto trim = db_->prepare(
      "DELETE FROM entry WHERE seq IN (SELECT seq FROM entry WHERE feed=?1 AND value=?2 "
      "ORDER BY time DESC, seq DESC LIMIT -1 OFFSET ?3)");
  if (!trim) return trim.error();
  auto newest = db_->prepare(
      "SELECT document FROM entry WHERE feed=?1 AND value=?2 ORDER BY time DESC, seq DESC LIMIT "
      "?3");
  if (!newest) return newest.error();
  sql_.emplace(statements{std::move(*insert), std::move(*trim), std::move(*newest)});
  return {};
}

result<> feed_file::add(std::span<const feed_entry> entries) {
  return db_->transaction([&]() -> result<> {
    for (const auto& each : entries) {
      const auto& what = *each.what;
      sql_->insert.bind(1, std::string_view(each.feed)).bind(2, std::string_view(each.value));
      sql_->insert.bind(3, what.time).bind(4, std::string_view(what.identity));
      sql_->insert.bind(5, std::string_view(what.document));
      if (auto done = sql_->insert.run(); !done) return done;
      sql_->trim.bind(1, std::string_view(each.feed)).bind(2, std::string_view(each.value));
      sql_->trim.bind(3, static_cast<std::int64_t>(each.keep));
      if (auto done = sql_->trim.run(); !done) return done;
    }
    return {};
  });
}

result<std::string> feed_file::newest(std::string_view feed, std::string_view value,
                                      std::size_t count) {
  auto& ask = sql_->newest;
  ask.bind(1, feed).bind(2, value).bind(3, static_cast<std::int64_t>(count));
  std::string out = "[";
  for (;;) {
    const auto more = ask.step();
    if (!more) {
      ask.reset();
      return more.error();
    }
    if (!*more) break;
    if (out.size() > 1) out += ',';
    out += ask.text(0);
  }
  ask.reset();
  return out + "]";
}

}  // namespace freshet
