#include "store/journal/journal_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>

#include "store/journal/database_form.hpp"
#include "store/journal/journal_errc.hpp"
#include "store/journal/schema.hpp"

namespace freshet {
namespace {

// One process and one connection: no shared memory file, and nobody else gets in between. 32 MiB of
// the file are kept in memory. The log is cut to 64 MiB after a checkpoint.
constexpr const char* manner =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4096;"
    "PRAGMA journal_size_limit=67108864;";

std::uint64_t size_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool exists(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace

result<journal_file::opened> journal_file::open(options o, wall_time now) {
  struct stat info{};
  if (::stat(o.path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return error(journal_errc::unusable, o.path + " is not a file");
  auto lock = journal_lock::take(o.path);
  if (!lock) return lock.error();
  opened out;
  out.file.reset(new journal_file(std::move(o), std::move(*lock)));
  auto head = out.file->open_and_read();
  if (!head && makes_no_sense(head.error())) {
    auto moved = out.file->move_aside(head.error().text(), now);
    if (!moved) return moved.error();
    out.aside = std::move(*moved);
    head = out.file->open_and_read();
  }
  if (!head) return head.error();
  out.head = std::move(*head);
  // A run that cannot be noted would be taken for part of the one before.
  const auto writable =
      out.file->db_->transaction([&] { return out.file->set("opened", out.head.epoch); });
  if (!writable) out.head.clean = false;
  return out;
}

result<journal_head> journal_file::open_and_read() {
  const auto& path = options_.path;
  // SQLite would take the log of an empty file for a leftover and drop it.
  if (exists(path) && size_of(path) == 0 && size_of(path + "-wal") > 0)
    return error(journal_errc::damaged, path + ": empty, but its log is not");
  if (auto good = open_database(); !good) return good.error();
  return read_head();
}

result<> journal_file::open_database() {
  auto made =
      freshet::open_database(options_.path, {schema::application_id, schema::steps(), manner});
  if (!made) return made.error();
  db_ = std::move(*made);
  const auto mode = db_->text("PRAGMA journal_mode");
  if (!mode) return mode.error();
  if (*mode != "wal")
    return error(journal_errc::unusable, options_.path + ": no write-ahead log here: " + *mode);
  if (options_.pages_max > 0) {
    const auto limit = fmt::format("PRAGMA max_page_count={}", options_.pages_max);
    if (auto good = db_->execute(limit.c_str()); !good) return good;
  }
  return prepare();
}

result<> journal_file::prepare() {
  statements made;
  const auto make = [this](statement& into, std::string_view sql) -> result<> {
    auto one = db_->prepare(sql);
    if (!one) return one.error();
    into = std::move(*one);
    return {};
  };
  const std::array<std::pair<statement*, std::string_view>, 12> all{
      {{&made.page, journal_rows::write_page},
       {&made.body, "INSERT OR REPLACE INTO body VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"},
       {&made.drop_page, "DELETE FROM page WHERE id=?1"},
       {&made.drop_body, "DELETE FROM body WHERE id=?1"},
       {&made.gone, journal_rows::write_gone},
       {&made.trim_gone, "DELETE FROM gone WHERE at<=?1"},
       {&made.cursor, "INSERT OR REPLACE INTO cursor VALUES (?1,?2,?3)"},
       {&made.meta, "INSERT OR REPLACE INTO meta VALUES (?1,?2)"},
       {&made.doubt, "INSERT OR REPLACE INTO doubt VALUES (?1,?2)"},
       {&made.unlock, "DELETE FROM locked WHERE number=?1"},
       {&made.lock, journal_rows::write_locked},
       {&made.lock_again, journal_rows::write_locked_again}}};
  for (const auto& [into, sql] : all)
    if (auto good = make(*into, sql); !good) return good;
  sql_.emplace(std::move(made));
  return {};
}

/// Also the look at whether the tables that decide hang together; bodies have checksums.
result<journal_head> journal_file::read_head() {
  for (const auto* table : {"meta", "page", "gone", "cursor", "doubt", "locked"}) {
    const auto said = db_->text(fmt::format("PRAGMA quick_check('{}')", table).c_str());
    if (!said) return said.error();
    if (*said != "ok") return error(journal_errc::damaged, options_.path + ": " + *said);
  }
  journal_head head;
  const auto each = [this](const char* sql, const auto& visit) -> result<> {
    auto rows = db_->prepare(sql);
    if (!rows) return rows.error();
    for (;;) {
      const auto more = rows->step();
      if (!more) return more.error();
      if (!*more) return {};
      visit(rows->text(0), *rows);
    }
  };
  auto good = each("SELECT name, value FROM meta", [&](std::string_view name, statement& row) {
    const auto value = row.number(1);
    if (name == "clean") head.clean = value == 1;
    if (name == "epoch") head.epoch = value;
    if (name == "reserved") head.reserved = value;
    if (name == "dropped") head.dropped = value;
    if (name == "changed") head.changed = value;
  });
  if (good)
    good = each("SELECT * FROM cursor", [&](std::string_view bus, statement& row) {
      head.cursors.push_back({std::string(bus), row.number(1), std::string(row.text(2))});
    });
  if (good)
    good = each("SELECT class, since FROM doubt", [&](std::string_view name, statement& row) {
      head.doubts.push_back({std::string(name), row.number(1)});
    });
  if (!good) return good.error();
  const auto last = db_->number("SELECT max(id) FROM page");
  if (!last) return last.error();
  head.last_row = static_cast<page_row>(*last);
  return head;
}

result<std::string> journal_file::move_aside(std::string_view why, wall_time now) {
  reader_.reset();
  sql_.reset();
  db_.reset();
  return set_aside(options_.path, why, now);
}

result<> journal_file::renew(std::string_view why, wall_time now) {
  // Without statements an earlier renewal stands half-way: what it moved is moved.
  if (sql_)
    if (const auto moved = move_aside(why, now); !moved) return moved.error();
  auto done = open_database();
  if (done || !makes_no_sense(done.error())) return done;
  if (const auto moved = move_aside(done.error().text(), now); !moved) return moved.error();
  return open_database();
}

result<> journal_file::set(std::string_view name, std::uint64_t value) {
  return sql_->meta.bind(1, name).bind(2, static_cast<std::int64_t>(value)).run();
}

result<> journal_file::begin(std::uint64_t epoch, sequence reserved,
                             const std::vector<saved_doubt>& doubts) {
  if (!sql_) return error(journal_errc::unusable, options_.path + " is not open");
  return db_->transaction([&]() -> result<> {
    result<> done = set("clean", 0);
    if (done) done = set("epoch", epoch);
    if (done) done = set("reserved", reserved);
    if (done) done = db_->execute("DELETE FROM doubt");
    for (std::size_t i = 0; done && i < doubts.size(); ++i)
      done = journal_rows::put(sql_->doubt, doubts[i]);
    return done;
  });
}

result<> journal_file::commit(const journal_batch& batch) {
  if (!sql_) return error(journal_errc::unusable, options_.path + " is not open");
  return db_->transaction([&]() -> result<> {
    result<> done = write_pages(batch);
    for (std::size_t i = 0; done && i < batch.gone.size(); ++i)
      done = journal_rows::put(sql_->gone, batch.gone[i]);
    if (done) done = sql_->trim_gone.bind(1, static_cast<std::int64_t>(batch.dropped)).run();
    if (done) done = write_beside(batch);
    for (std::size_t i = 0; done && i < batch.cursors.size(); ++i)
      done = journal_rows::put(sql_->cursor, batch.cursors[i]);
    if (done) done = set("dropped", batch.dropped);
    if (done) done = set("changed", batch.changed);
    if (done) done = set("reserved", batch.reserved);
    return done;
  });
}

/// What is forgotten goes last: a page may have been cut into this batch and be forgotten before
/// the batch was full. Rows are never used again, so none that is forgotten is wanted.
result<> journal_file::write_pages(const journal_batch& batch) {
  for (const auto& page : batch.pages) {
    result<> done = journal_rows::put(sql_->page, (*batch.classes)[page.of], page.what);
    if (done && page.content) done = write_body(page.what.row, *page.content);
    if (!done) return done;
  }
  for (const auto row : batch.forgotten) {
    result<> done = sql_->drop_page.bind(1, static_cast<std::int64_t>(row)).run();
    if (done) done = sql_->drop_body.bind(1, static_cast<std::int64_t>(row)).run();
    if (!done) return done;
  }
  return {};
}

/// Doubts, and what the locker has.
result<> journal_file::write_beside(const journal_batch& batch) {
  result<> done;
  for (std::size_t i = 0; done && i < batch.doubts.size(); ++i)
    done = journal_rows::put(sql_->doubt, batch.doubts[i]);
  for (std::size_t i = 0; done && i < batch.unlocked.size(); ++i)
    done = sql_->unlock.bind(1, static_cast<std::int64_t>(batch.unlocked[i])).run();
  for (std::size_t i = 0; done && i < batch.locked.size(); ++i)
    done = journal_rows::put(sql_->lock, batch.locked[i]);
  for (std::size_t i = 0; done && i < batch.locked_again.size(); ++i)
    done = journal_rows::put_again(sql_->lock_again, batch.locked_again[i]);
  return done;
}

result<> journal_file::write_body(page_row row, const entry& content) {
  const auto packed = coding_.pack(content.body());
  auto& into = sql_->body;
  into.bind(1, static_cast<std::int64_t>(row)).bind(2, static_cast<std::int64_t>(content.version));
  into.bind(3, std::int64_t{content.status});
  into.bind(4, std::string_view(content.etag.data(), content.etag.size()));
  into.bind(5, journal_rows::micros(content.modified));
  into.bind(6, static_cast<std::int64_t>(packed.coding));
  into.bind(7, static_cast<std::int64_t>(packed.size));
  into.bind(8, static_cast<std::int64_t>(packed.checksum)).bind_blob(9, packed.bytes);
  return into.run();
}

result<> journal_file::end(sequence reserved) {
  if (!sql_) return error(journal_errc::unusable, options_.path + " is not open");
  reader_.reset();
  auto done = db_->transaction([&]() -> result<> {
    result<> said = set("reserved", reserved);
    return said ? set("clean", 1) : said;
  });
  // Closing moves what the log holds into the file; that it did is not what makes the end clean.
  sql_.reset();
  db_.reset();
  return done;
}

journal_reader& journal_file::reader() {
  if (!reader_) reader_.emplace(*db_);
  return *reader_;
}

std::uint64_t journal_file::bytes() const {
  return size_of(options_.path) + size_of(options_.path + "-wal");
}

}  // namespace freshet
