#include "connectors/upstream/events/feed_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/client/client_errc.hpp"
#include "store/journal/database_form.hpp"

namespace freshet {
namespace {

constexpr std::array steps{R"sql(
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
)sql",
                           R"sql(
CREATE TABLE list (
  feed TEXT NOT NULL,
  value TEXT NOT NULL,
  time INTEGER NOT NULL,      -- of its newest event
  PRIMARY KEY (feed, value)
) WITHOUT ROWID;
CREATE INDEX list_oldest ON list (feed, time);
INSERT INTO list SELECT feed, value, max(time) FROM entry GROUP BY feed, value;
)sql"};

constexpr database_form form{
    0x46524645,  // FRFE
    steps, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY"};

}  // namespace

result<std::unique_ptr<feed_file>> feed_file::open(const std::string& path, feed_bounds bounds) {
  auto db = open_database(path, form);
  if (!db) return db.error();
  std::unique_ptr<feed_file> made(new feed_file(std::move(*db), bounds, path.empty()));
  if (auto good = made->prepare(); !good) return good.error();
  return made;
}

result<> feed_file::prepare() {
  statements made;
  const std::array<std::pair<statement*, std::string_view>, 8> all{
      {{&made.insert,
        "INSERT OR IGNORE INTO entry (feed, value, time, identity, document) VALUES "
        "(?1,?2,?3,?4,?5)"},
       {&made.trim,
        "DELETE FROM entry WHERE seq IN (SELECT seq FROM entry WHERE feed=?1 AND value=?2 "
        "ORDER BY time DESC, seq DESC LIMIT -1 OFFSET ?3)"},
       {&made.newest,
        "SELECT document FROM entry WHERE feed=?1 AND value=?2 ORDER BY time DESC, seq DESC LIMIT "
        "?3"},
       {&made.list,
        "INSERT INTO list VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET time=excluded.time"},
       {&made.list_time, "SELECT time FROM list WHERE feed=?1 AND value=?2"},
       {&made.oldest, "SELECT value FROM list WHERE feed=?1 ORDER BY time LIMIT 1"},
       {&made.drop_entries, "DELETE FROM entry WHERE feed=?1 AND value=?2"},
       {&made.drop_list, "DELETE FROM list WHERE feed=?1 AND value=?2"}}};
  for (const auto& [into, sql] : all) {
    auto one = db_->prepare(sql);
    if (!one) return one.error();
    *into = std::move(*one);
  }
  sql_.emplace(std::move(made));
  return {};
}

result<> feed_file::count_lists() {
  lists_.clear();
  auto rows = db_->prepare("SELECT feed, count(*) FROM list GROUP BY feed");
  if (!rows) return rows.error();
  auto more = rows->step();
  for (; more && *more; more = rows->step()) lists_.emplace(rows->text(0), rows->number(1));
  if (!more) return more.error();
  counted_ = true;
  return {};
}

result<> feed_file::put(const feed_entry& entry) {
  const auto& what = *entry.what;
  const auto about = [&](statement& of) -> statement& {
    return of.bind(1, std::string_view(entry.feed)).bind(2, std::string_view(entry.value));
  };
  about(sql_->insert).bind(3, what.time).bind(4, std::string_view(what.identity));
  sql_->insert.bind(5, std::string_view(what.document));
  if (auto done = sql_->insert.run(); !done) return done;
  about(sql_->trim).bind(3, static_cast<std::int64_t>(entry.keep));
  if (auto done = sql_->trim.run(); !done) return done;
  const auto known = about(sql_->list_time).step();
  const bool is_new = known && !*known;
  const bool is_newer = known && *known && sql_->list_time.integer(0) < what.time;
  sql_->list_time.reset();
  if (!known) return known.error();
  if (is_new) ++lists_[entry.feed];
  return is_new || is_newer ? about(sql_->list).bind(3, what.time).run() : result<>{};
}

result<> feed_file::drop_oldest(std::map<std::string, std::size_t>::value_type& of) {
  const std::string_view feed = of.first;
  auto& ask = sql_->oldest;
  const auto there = ask.bind(1, feed).step();
  const auto value = there && *there ? std::string(ask.text(0)) : std::string();
  ask.reset();
  if (!there) return there.error();
  for (auto* drop : {&sql_->drop_entries, &sql_->drop_list})
    if (auto done = drop->bind(1, feed).bind(2, std::string_view(value)).run(); !done) return done;
  --of.second;
  return {};
}

/// How many lists had to go.
result<std::size_t> feed_file::drop_surplus() {
  for (std::size_t dropped = 0;; ++dropped) {
    const auto most = std::ranges::max_element(lists_, {}, [](const auto& l) { return l.second; });
    if (most == lists_.end() || most->second == 0) return dropped;
    bool surplus = most->second > bounds_.lists;
    if (!surplus && bounds_.bytes > 0) {
      const auto size = extent_of(*db_);
      if (!size) return size.error();
      surplus = size->used > bounds_.bytes;
    }
    if (!surplus) return dropped;
    if (auto done = drop_oldest(*most); !done) return done.error();
  }
}

result<feed_file::added> feed_file::add(std::span<const feed_entry> entries) {
  if (!counted_)
    if (auto counted = count_lists(); !counted) return counted.error();
  added out;
  const auto done = db_->transaction([&]() -> result<> {
    for (const auto& each : entries)
      if (auto stands = put(each); !stands) return stands;
    const auto dropped = drop_surplus();
    if (!dropped) return dropped.error();
    out.dropped = *dropped;
    return {};
  });
  counted_ = done.has_value();  // what was rolled back is counted again
  if (!done) return done.error();
  if (!in_memory_) return out;
  const auto size = extent_of(*db_);
  if (!size) return size.error();
  out.bytes = size->bytes;
  return out;
}

result<std::string> feed_file::newest(std::string_view feed, std::string_view value,
                                      std::size_t count, std::size_t bytes_max) {
  auto& ask = sql_->newest;
  ask.bind(1, feed).bind(2, value).bind(3, static_cast<std::int64_t>(count));
  std::string out = "[";
  auto more = ask.step();
  for (; more && *more && out.size() < bytes_max; more = ask.step()) {
    if (out.size() > 1) out += ',';
    out += ask.text(0);
  }
  const bool cut = more && *more;
  ask.reset();
  if (!more) return more.error();
  out += ']';
  if (cut || out.size() > bytes_max)
    return error(client_errc::too_large,
                 "more than " + std::to_string(bytes_max) + " bytes of events");
  return out;
}

}  // namespace freshet
