#include "net/sse/event_id.hpp"

#include <fmt/format.h>

#include <charconv>

namespace freshet::sse {
namespace {

bool parse_number(std::string_view text, std::uint64_t& out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, out);
  return ec == std::errc{} && stop == end;
}

}  // namespace

std::string format(event_id id) { return fmt::format("{}-{}", id.epoch, id.at); }

result<event_id> parse_event_id(std::string_view text) {
  const auto dash = text.find('-');
  event_id id;
  if (dash == std::string_view::npos || !parse_number(text.substr(0, dash), id.epoch) ||
      !parse_number(text.substr(dash + 1), id.at)) {
    return fail(errc::malformed, "an event id is <epoch>-<sequence>");
  }
  return id;
}

}  // namespace freshet::sse
