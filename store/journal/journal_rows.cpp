#include "store/journal/journal_rows.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "store/ledger/claim.hpp"

namespace freshet::journal_rows {

std::int64_t micros(wall_time t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

wall_time time_of(std::int64_t micros) {
  // Beyond this the clock's own unit would overflow, at the latest as a distance from today:
  // damage, not a time.
  constexpr std::int64_t far = 4'000'000'000'000'000;
  return wall_time{std::chrono::microseconds{std::clamp<std::int64_t>(micros, -far, far)}};
}

namespace {

std::int64_t number(std::uint64_t n) { return static_cast<std::int64_t>(n); }

static_assert(std::endian::native == std::endian::little, "parts are written as they lie");

std::string bytes_of(const std::vector<saved_page::part>& parts) {
  std::string out(parts.size() * sizeof(saved_page::part), '\0');
  if (!parts.empty()) std::memcpy(out.data(), parts.data(), out.size());
  return out;
}

std::vector<saved_page::part> parts_of(std::string_view bytes) {
  std::vector<saved_page::part> out(
      std::min<std::size_t>(bytes.size() / sizeof(saved_page::part), parts_max));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(saved_page::part));
  return out;
}

cause cause_of(std::int64_t n) {
  return n >= 0 && n <= static_cast<std::int64_t>(cause::warm) ? static_cast<cause>(n)
                                                               : cause::sweep;
}

origin_ptr origin_of(const statement& row) {
  auto from = std::make_shared<origin>();
  from->event_id = row.text(15);
  from->topic = row.text(16);
  from->bus = row.text(17);
  from->rule = row.text(18);
  from->time = time_of(row.integer(19));
  const bool any = !from->bus.empty() || !from->event_id.empty() || !from->topic.empty();
  return any ? from : nullptr;
}

}  // namespace

result<> put(statement& into, const saved_class& of, const saved_page& page) {
  static const origin nobody;
  const auto& from = page.from ? *page.from : nobody;
  const auto parts = bytes_of(page.parts);
  const auto floor = page.floor ? page.floor->saved() : std::string();
  into.bind(1, number(page.row)).bind(2, of.name).bind(3, number(of.recipe)).bind(4, page.path);
  into.bind(5, number(page.version)).bind(6, number(page.have)).bind_blob(7, parts);
  into.bind(8, micros(page.verified)).bind(9, std::int64_t{page.popularity});
  into.bind(10, std::int64_t{page.attempts}).bind(11, std::int64_t{page.errors});
  into.bind(12, micros(page.errors_since));
  into.bind(13, page.parked_until ? std::max<std::int64_t>(micros(*page.parked_until), 1) : 0);
  into.bind(14, page.failure).bind(15, static_cast<std::int64_t>(page.why));
  into.bind(16, from.event_id).bind(17, from.topic).bind(18, from.bus).bind(19, from.rule);
  into.bind(20, micros(from.time)).bind(21, page.change_event).bind(22, page.change_topic);
  into.bind(23, page.change_etag).bind(24, floor);
  into.bind(25, std::int64_t{page.floor_unmet}).bind(26, std::int64_t{page.reread});
  return into.run();
}

result<> put(statement& into, const saved_change& change) {
  into.bind(1, number(change.at)).bind(2, static_cast<std::int64_t>(change.what));
  into.bind(3, change.class_name).bind(4, change.path).bind(5, change.etag);
  into.bind(6, change.event_id).bind(7, change.topic);
  return into.run();
}

result<> put(statement& into, const saved_cursor& cursor) {
  into.bind(1, cursor.bus).bind(2, number(cursor.connection)).bind(3, cursor.position);
  return into.run();
}

result<> put(statement& into, const saved_doubt& doubt) {
  return into.bind(1, doubt.class_name).bind(2, number(doubt.since)).run();
}

result<> put(statement& into, const locked_event& one) {
  into.bind(1, number(one.number)).bind(2, one.bus).bind(3, one.topic).bind(4, one.id);
  into.bind(5, one.why).bind(6, one.detail).bind(7, micros(one.at)).bind(8, micros(one.last));
  into.bind(9, number(one.times)).bind(10, number(one.tries)).bind(11, number(one.size));
  return into.bind_blob(12, one.bytes).run();
}

result<> put_again(statement& into, const locked_event& one) {
  into.bind(1, number(one.number)).bind(2, one.why).bind(3, one.detail).bind(4, micros(one.last));
  return into.bind(5, number(one.times)).bind(6, number(one.tries)).run();
}

locked_event locked_of(const statement& row) {
  locked_event out;
  out.number = row.number(0);
  out.bus = row.text(1);
  out.topic = row.text(2);
  out.id = row.text(3);
  out.why = row.text(4);
  out.detail = row.text(5);
  out.at = time_of(row.integer(6));
  out.last = time_of(row.integer(7));
  out.times = row.number(8);
  out.tries = row.number(9);
  out.bytes = row.blob(11);
  out.size = std::max<std::uint64_t>(row.number(10), out.bytes.size());
  return out;
}

recalled_page page_of(const statement& row) {
  recalled_page out;
  auto& page = out.what;
  page.row = row.number(0);
  out.class_name = row.text(1);
  out.recipe = row.number(2);
  page.path = row.text(3);
  page.version = row.number(4);
  page.have = row.number(5);
  page.parts = parts_of(row.blob(6));
  page.verified = time_of(row.integer(7));
  page.popularity = static_cast<std::uint8_t>(std::clamp<std::int64_t>(row.integer(8), 0, 3));
  page.attempts = static_cast<std::uint8_t>(std::clamp<std::int64_t>(row.integer(9), 0, 255));
  page.errors = static_cast<std::uint8_t>(std::clamp<std::int64_t>(row.integer(10), 0, 255));
  page.errors_since = time_of(row.integer(11));
  if (row.integer(12) > 0) page.parked_until = time_of(row.integer(12));
  page.failure = row.text(13);
  page.why = cause_of(row.integer(14));
  page.from = origin_of(row);
  page.change_event = row.text(20);
  page.change_topic = row.text(21);
  page.change_etag = row.text(22);
  page.floor = page_floor::of_saved(row.text(23));
  page.floor_unmet = row.integer(24) != 0;
  page.reread = row.integer(25) != 0;
  return out;
}

saved_change change_of(const statement& row) {
  saved_change out;
  out.at = row.number(0);
  out.what = row.integer(1) == static_cast<std::int64_t>(change::kind::deleted)
                 ? change::kind::deleted
                 : change::kind::reload;
  out.class_name = row.text(2);
  out.path = row.text(3);
  out.etag = row.text(4);
  out.event_id = row.text(5);
  out.topic = row.text(6);
  return out;
}

}  // namespace freshet::journal_rows
