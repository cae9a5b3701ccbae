#include "store/journal/journal_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace freshet {

/// The next chunk of a table; after its end an empty one, and then from the beginning again.
template <class Row>
result<std::vector<Row>> journal_reader::chunk(walk& at, std::string_view sql, std::size_t most,
                                               Row (*read)(const statement&)) {
  std::vector<Row> out;
  if (std::exchange(at.ended, false)) return out;
  if (!at.rows) {
    auto made = db_.prepare(sql);
    if (!made) return made.error();
    at.rows.emplace(std::move(*made));
  }
  while (out.size() < most) {
    const auto more = at.rows->step();
    if (!more) return more.error();
    if (!*more) {
      at.rows.reset();  // one step more would begin anew
      at.ended = !out.empty();
      break;
    }
    out.push_back(read(*at.rows));
  }
  return out;
}

result<std::vector<recalled_page>> journal_reader::pages(std::size_t most) {
  return chunk(pages_, journal_rows::read_pages, most, journal_rows::page_of);
}

result<std::vector<saved_change>> journal_reader::gone(std::size_t most) {
  return chunk(gone_, journal_rows::read_gone, most, journal_rows::change_of);
}

result<std::vector<locked_event>> journal_reader::locked() {
  walk at;
  return chunk(at, journal_rows::read_locked, std::numeric_limits<std::size_t>::max(),
               journal_rows::locked_of);
}

result<std::vector<recalled_body>> journal_reader::bodies(std::size_t most, std::size_t bytes) {
  std::vector<recalled_body> out;
  if (!bodies_) {
    const auto end = db_.number("SELECT max(id) FROM body");
    if (!end) return end.error();
    end_of_bodies_ = static_cast<page_row>(*end);
    auto made = db_.prepare("SELECT * FROM body WHERE id>?1 AND id<=?2 ORDER BY id");
    if (!made) return made.error();
    bodies_.emplace(std::move(*made));
  }
  auto& row = *bodies_;
  row.bind(1, static_cast<std::int64_t>(last_body_));
  row.bind(2, static_cast<std::int64_t>(end_of_bodies_));
  result<bool> more = true;
  for (std::size_t taken = 0; out.size() < most && taken < bytes;) {
    more = row.step();
    if (!more || !*more) break;
    last_body_ = row.number(0);
    auto body = body_of(row);
    if (!body) {
      ++spoiled_;
      continue;
    }
    taken += body->body.size();
    out.push_back(std::move(*body));
  }
  row.reset();  // an open read would keep the log from being cut
  if (out.empty()) last_body_ = 0;
  if (!more) return more.error();
  return out;
}

result<std::vector<recalled_body>> journal_reader::bodies_of(const std::vector<page_row>& rows) {
  std::vector<recalled_body> out;
  if (!one_body_) {
    auto made = db_.prepare("SELECT * FROM body WHERE id=?1");
    if (!made) return made.error();
    one_body_.emplace(std::move(*made));
  }
  for (const auto row : rows) {
    one_body_->bind(1, static_cast<std::int64_t>(row));
    const auto found = one_body_->step();
    auto body = found && *found ? body_of(*one_body_) : std::nullopt;
    one_body_->reset();
    if (!found) return found.error();
    if (body) out.push_back(std::move(*body));
    if (*found && !body) ++spoiled_;
  }
  return out;
}

std::optional<recalled_body> journal_reader::body_of(const statement& row) {
  const auto etag = row.text(3);
  auto body = coding_.unpack(
      {static_cast<body_coding::kind>(row.integer(5)), row.number(6), row.number(7), row.blob(8)});
  recalled_body out;
  if (!body || etag.size() != out.etag.size()) return std::nullopt;
  out.row = row.number(0);
  out.version = row.number(1);
  out.status = static_cast<std::uint16_t>(row.integer(2));
  std::copy_n(etag.begin(), out.etag.size(), out.etag.begin());
  out.modified = journal_rows::time_of(row.integer(4));
  out.body = std::move(*body);
  return out;
}

}  // namespace freshet
