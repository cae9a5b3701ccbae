#include "connectors/inspect/locker_view.hpp"

#include <fmt/format.h>

#include "connectors/inspect/json_time.hpp"
#include "core/json/writer.hpp"
#include "core/text/clipped.hpp"

namespace freshet {
namespace {

void write(json::writer& w, const locked_event& e, std::size_t bytes_shown) {
  w.begin_object().key("number").number(e.number).key("bus").string(e.bus);
  w.key("topic").string(e.topic).key("id").string(e.id);
  w.key("why").string(e.why).key("detail").string(e.detail).key("at");
  write_time(w, e.at);
  w.key("last");
  write_time(w, e.last);
  w.key("times").number(e.times).key("tries").number(e.tries);
  w.key("size").number(e.size).key("whole").boolean(e.whole());
  w.key("text").string(clipped(e.bytes, bytes_shown)).end_object();
}

}  // namespace

std::string locker_view::list() const {
  std::string out;
  json::writer w(out);
  w.begin_array();
  of_.each([&](const locked_event& e) { write(w, e, shown_bytes); });
  w.end_array();
  return out;
}

result<std::string> locker_view::one(std::uint64_t number) const {
  const auto* found = of_.find(number);
  if (found == nullptr) return fail(errc::missing, fmt::format("no event {} waits", number));
  std::string out;
  json::writer w(out);
  write(w, *found, found->bytes.size());
  return out;
}

result<std::vector<std::uint64_t>> locker_view::chosen(std::optional<std::uint64_t> number) const {
  if (!number) return of_.numbers();
  if (of_.find(*number) == nullptr)
    return fail(errc::missing, fmt::format("no event {} waits", *number));
  return std::vector<std::uint64_t>{*number};
}

result<std::string> locker_view::replay(std::optional<std::uint64_t> number, const giver& give) {
  const auto all = chosen(number);
  if (!all) return all.error();
  std::uint64_t good = 0, failed = 0;
  for (const auto each : *all) {
    auto event = of_.take(each);
    if (!event) continue;
    ++(give(std::move(*event)) ? good : failed);
  }
  return fmt::format(R"({{"replayed":{},"failed":{},"left":{}}})", good, failed, of_.size());
}

result<std::string> locker_view::drop(std::optional<std::uint64_t> number) {
  const auto all = chosen(number);
  if (!all) return all.error();
  std::uint64_t dropped = 0;
  for (const auto each : *all) dropped += of_.drop(each) ? 1u : 0u;
  return fmt::format(R"({{"dropped":{},"left":{}}})", dropped, of_.size());
}

}  // namespace freshet
