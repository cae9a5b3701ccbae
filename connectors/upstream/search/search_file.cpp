#include "connectors/upstream/search/search_file.hpp"

#include <array>
#include <utility>

#include "core/json/writer.hpp"

namespace freshet {
namespace {

constexpr std::array steps{R"sql(
CREATE TABLE definition (name TEXT PRIMARY KEY, hash INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,         -- of the search
  path TEXT NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,        -- the page's name
  text TEXT NOT NULL          -- all values, as JSON
);
CREATE UNIQUE INDEX page_path ON page (name, path);
CREATE TABLE term (           -- values as they are, ASCII letters lower
  name TEXT NOT NULL,
  first INTEGER NOT NULL,     -- 0 the page's name, 1 another value
  value TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (name, first, value, id)
) WITHOUT ROWID;
CREATE INDEX term_id ON term (id);
CREATE VIRTUAL TABLE words USING fts5(title, more, tokenize='unicode61 remove_diacritics 2', prefix='2 3');
)sql"};

// What is lost with the machine is read again from the pages: no reason to wait for the disk.
constexpr database_form form{
    0x46525345,  // FRSE
    steps, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY"};

// ?1 search, ?2 folded question, ?3 behind everything that begins with it, ?4 words, ?5 hits_max,
// ?6 rows, ?7 offset. The count stands in each row. The table of words is that of all searches:
// with CROSS JOIN it is looked up first, and pages of another search do not count against the
// bound.
constexpr std::string_view find_sql = R"sql(
WITH hit(id, rank, score) AS (
  SELECT * FROM (SELECT id, 0, 0.0 FROM term WHERE name=?1 AND first=0 AND value=?2 LIMIT ?5)
  UNION ALL SELECT * FROM (SELECT id, 1, 0.0 FROM term WHERE name=?1 AND first=1 AND value=?2 LIMIT ?5)
  UNION ALL SELECT * FROM (SELECT id, 2, 0.0 FROM term WHERE name=?1 AND first=0 AND value>=?2 AND value<?3 LIMIT ?5)
  UNION ALL SELECT * FROM (SELECT id, 3, 0.0 FROM term WHERE name=?1 AND first=1 AND value>=?2 AND value<?3 LIMIT ?5)
  UNION ALL SELECT * FROM (SELECT words.rowid, 4, bm25(words, 10.0, 1.0) FROM words
    CROSS JOIN page ON page.id=words.rowid WHERE ?4<>'' AND words MATCH ?4 AND page.name=?1 LIMIT ?5)
), best(id, rank, score) AS (SELECT id, min(rank), min(score) FROM hit GROUP BY id)
SELECT page.path, page.title, page.text, best.rank, count(*) OVER ()
FROM best JOIN page ON page.id=best.id AND page.name=?1
ORDER BY best.rank, CASE best.rank WHEN 4 THEN best.score ELSE 0 END, length(page.title), page.title, page.path
LIMIT ?6 OFFSET ?7
)sql";

std::string json_of(const search_text& text) {
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (const auto& values : text) {
    w.begin_array();
    for (const auto& value : values) w.string(value);
    w.end_array();
  }
  w.end_array();
  return out;
}

std::string_view kind_of_hit(std::int64_t rank) {
  return rank < 2 ? "exact" : rank < 4 ? "prefix" : "words";
}

}  // namespace

result<std::unique_ptr<search_file>> search_file::open(const std::string& path) {
  auto db = open_database(path, form);
  if (!db) return db.error();
  std::unique_ptr<search_file> made(new search_file(std::move(*db)));
  if (auto good = made->prepare(); !good) return good.error();
  return made;
}

result<> search_file::prepare() {
  statements made;
  const std::array<std::pair<statement*, std::string_view>, 11> all{
      {{&made.definition, "SELECT hash FROM definition WHERE name=?1"},
       {&made.set_definition, "INSERT OR REPLACE INTO definition VALUES (?1,?2)"},
       {&made.version, "SELECT version FROM page WHERE name=?1 AND path=?2"},
       {&made.page,
        "INSERT INTO page (name, path, version, title, text) VALUES (?1,?2,?3,?4,?5) "
        "RETURNING id"},
       {&made.term, "INSERT OR IGNORE INTO term VALUES (?1,?2,?3,?4)"},
       {&made.words, "INSERT INTO words (rowid, title, more) VALUES (?1,?2,?3)"},
       {&made.id, "SELECT id FROM page WHERE name=?1 AND path=?2"},
       {&made.drop_page, "DELETE FROM page WHERE id=?1"},
       {&made.drop_terms, "DELETE FROM term WHERE id=?1"},
       {&made.drop_words, "DELETE FROM words WHERE rowid=?1"},
       {&made.find, find_sql}}};
  for (const auto& [into, sql] : all) {
    auto one = db_->prepare(sql);
    if (!one) return one.error();
    *into = std::move(*one);
  }
  sql_.emplace(std::move(made));
  return {};
}

result<> search_file::begin(std::string_view name, std::uint64_t definition) {
  const auto wanted = static_cast<std::int64_t>(definition);
  auto& ask = sql_->definition;
  ask.bind(1, name);
  const auto known = ask.step();
  const bool same = known && *known && ask.integer(0) == wanted;
  ask.reset();
  if (!known) return known.error();
  if (same) return {};
  return db_->transaction([&]() -> result<> {
    for (const auto* sql : {"DELETE FROM words WHERE rowid IN (SELECT id FROM page WHERE name=?1)",
                            "DELETE FROM term WHERE name=?1", "DELETE FROM page WHERE name=?1"}) {
      auto drop = db_->prepare(sql);
      if (!drop) return drop.error();
      drop->bind(1, name);
      if (auto done = drop->run(); !done) return done;
    }
    sql_->set_definition.bind(1, name).bind(2, wanted);
    return sql_->set_definition.run();
  });
}

result<std::uint64_t> search_file::version(std::string_view name, std::string_view path) {
  auto& ask = sql_->version;
  ask.bind(1, name).bind(2, path);
  const auto there = ask.step();
  const auto is = there && *there ? ask.number(0) : 0;
  ask.reset();
  if (!there) return there.error();
  return is;
}

result<std::optional<std::int64_t>> search_file::id_of(std::string_view name,
                                                       std::string_view path) {
  auto& ask = sql_->id;
  ask.bind(1, name).bind(2, path);
  const auto there = ask.step();
  std::optional<std::int64_t> id;
  if (there && *there) id = ask.integer(0);
  ask.reset();
  if (!there) return there.error();
  return id;
}

result<> search_file::remove(std::string_view name, std::string_view path) {
  const auto id = id_of(name, path);
  if (!id) return id.error();
  if (!*id) return {};
  for (auto* drop : {&sql_->drop_page, &sql_->drop_terms, &sql_->drop_words}) {
    drop->bind(1, **id);
    if (auto done = drop->run(); !done) return done;
  }
  return {};
}

result<> search_file::put(std::string_view name, std::string_view path, std::uint64_t version,
                          const search_text& text) {
  if (auto gone = remove(name, path); !gone) return gone;
  const auto& title = text.front().front();
  const auto all = json_of(text);
  auto& page = sql_->page;
  page.bind(1, name).bind(2, path).bind(3, static_cast<std::int64_t>(version));
  page.bind(4, std::string_view(title)).bind(5, std::string_view(all));
  auto made = page.step();
  const auto id = made && *made ? page.integer(0) : 0;
  if (made) made = page.step();  // one that is not stepped to its end would not be over
  page.reset();
  if (!made) return made.error();
  std::string more;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (std::size_t v = 0; v < text[i].size(); ++v) {
      const bool is_title = i == 0 && v == 0;
      const auto value = fold(text[i][v]);
      if (!is_title) more += text[i][v] + "\n";
      sql_->term.bind(1, name).bind(2, std::int64_t{is_title ? 0 : 1});
      sql_->term.bind(3, std::string_view(value)).bind(4, id);
      if (auto done = sql_->term.run(); !done) return done;
    }
  }
  sql_->words.bind(1, id).bind(2, std::string_view(title)).bind(3, std::string_view(more));
  return sql_->words.run();
}

/// Gives `visit` the rows behind `skipped`.
template <class F>
result<> search_file::look(std::string_view name, const search_question& asked, std::size_t rows,
                           std::size_t skipped, F&& visit) {
  const auto behind = asked.folded + "\xF4\x8F\xBF\xBF";
  auto& ask = sql_->find;
  ask.bind(1, name).bind(2, std::string_view(asked.folded)).bind(3, std::string_view(behind));
  ask.bind(4, std::string_view(asked.words)).bind(5, static_cast<std::int64_t>(hits_max));
  ask.bind(6, static_cast<std::int64_t>(rows)).bind(7, static_cast<std::int64_t>(skipped));
  auto more = ask.step();
  for (; more && *more; more = ask.step()) visit(ask);
  ask.reset();
  if (!more) return more.error();
  return {};
}

result<std::string> search_file::find(std::string_view name, const search_question& asked) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("query").string(asked.folded).key("rows").begin_array();
  std::size_t total = 0;
  const auto count = [&](const statement& row) { total = row.number(4); };
  const auto write = [&](const statement& row) {
    count(row);
    w.begin_object().key("@id").string(row.text(0)).key("name").string(row.text(1));
    w.key("match").string(kind_of_hit(row.integer(3))).key("text").raw(row.text(2)).end_object();
  };
  if (!asked.folded.empty()) {
    auto done = look(name, asked, asked.rows, asked.rows * (asked.page - 1), write);
    // Behind the last page no row says how many there are.
    if (done && total == 0 && asked.page > 1) done = look(name, asked, 1, 0, count);
    if (!done) return done.error();
  }
  w.end_array().key("total").number(total).key("page").number(asked.page);
  w.key("pages").number((total + asked.rows - 1) / asked.rows).end_object();
  return out;
}

}  // namespace freshet
