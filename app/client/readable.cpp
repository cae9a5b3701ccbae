#include "app/client/readable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "app/client/plain_text.hpp"
#include "core/text/timestamp.hpp"

namespace freshet::app {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

bool is_number(element value) { return value.is_number(); }
bool is_flat(element value) { return !value.is_object() && !value.is_array(); }

bool is_flat_object(element value) {
  object members;
  if (value.get(members)) return false;
  return std::all_of(members.begin(), members.end(),
                     [](const auto& m) { return is_flat(m.value); });
}

/// RFC 3339 only: a number is a number.
std::optional<wall_time> time_in(element value) {
  std::string_view text;
  if (value.get(text) || text.size() < 20 || text[4] != '-' || text[10] != 'T') return {};
  return parse_timestamp(text);
}

std::string number_text(element value) {
  double real = 0;
  if (value.type() == element_type::DOUBLE && !value.get(real)) return fmt::format("{:.6g}", real);
  return simdjson::minify(value);
}

struct column {
  std::string title;
  std::size_t width = 0;
  bool numbers = true;  // to the right
};

std::string padded(const std::string& text, const column& c) {
  const std::string space(c.width - std::min(c.width, columns(text)), ' ');
  return c.numbers ? space + text : text + space;
}

std::vector<column> columns_of(array rows) {
  std::vector<column> out;
  for (const auto row : rows) {
    object members;
    if (row.get(members)) continue;
    for (const auto m : members) {
      if (m.value.is_array()) continue;  // a list is no cell
      const auto title = printable(m.key);
      const auto same = [&](const column& c) { return c.title == title; };
      if (std::none_of(out.begin(), out.end(), same)) out.push_back({title, columns(title)});
    }
  }
  return out;
}

}  // namespace

std::string ago(wall_time then, wall_time now) {
  const bool past = then <= now;
  const auto distance =
      std::chrono::duration_cast<std::chrono::seconds>(past ? now - then : then - now);
  const auto s = distance.count();
  if (s == 0) return "now";
  std::string text;
  if (s < 120) {
    text = fmt::format("{}s", s);
  } else if (s < 2 * 3600) {
    text = fmt::format("{}m", s / 60);
  } else if (s < 2 * 86'400) {
    text = fmt::format("{}h", s / 3600);
  } else {
    text = fmt::format("{}d", s / 86'400);
  }
  return past ? text + " ago" : "in " + text;
}

std::string readable::cell(element value) const {
  if (value.is_null()) return "-";
  if (const auto then = time_in(value)) return ago(*then, now_);
  std::string_view text;
  if (!value.get(text)) return text.empty() ? "-" : printable(text);
  if (is_number(value)) return number_text(value);
  std::string out;
  object members;
  array items;
  if (!value.get(members)) {
    for (const auto m : members) {
      out += fmt::format("{}{}={}", out.empty() ? "" : " ", printable(m.key), cell(m.value));
    }
  } else if (!value.get(items)) {
    for (const auto item : items) out += (out.empty() ? "" : ", ") + cell(item);
  } else {
    out = simdjson::minify(value);
  }
  return out.empty() ? "-" : out;
}

std::string readable::line(element value) const {
  const auto then = time_in(value);
  std::string_view text;
  if (!then || value.get(text)) return cell(value);
  return fmt::format("{} ({})", printable(text), ago(*then, now_));
}

std::string readable::table(array rows, std::size_t indent) const {
  auto titles = columns_of(rows);
  std::vector<std::vector<std::string>> cells;
  for (const auto row : rows) {
    object members;
    if (row.get(members)) continue;
    auto& line = cells.emplace_back(titles.size(), "-");
    for (const auto m : members) {
      if (m.value.is_array()) continue;
      const auto title = printable(m.key);
      const auto at = std::find_if(titles.begin(), titles.end(),
                                   [&](const column& c) { return c.title == title; });
      auto& text = line[static_cast<std::size_t>(at - titles.begin())];
      text = cell(m.value);
      at->width = std::max(at->width, columns(text));
      at->numbers = at->numbers && (is_number(m.value) || m.value.is_null());
    }
  }
  std::string out;
  const auto add = [&](const auto& text_of) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < titles.size(); ++i) {
      line += (i == 0 ? "" : "  ") + padded(text_of(i), titles[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add([&](std::size_t i) { return titles[i].title; });
  for (const auto& line : cells) add([&](std::size_t i) { return line[i]; });
  return out;
}

std::string readable::members(array items, std::size_t indent) const {
  if (std::all_of(items.begin(), items.end(), [](element e) { return is_flat_object(e); })) {
    return table(items, indent);
  }
  std::string out;
  for (const auto item : items) {
    object inner;
    auto text = item.get(inner) ? std::string(indent + 2, ' ') + line(item) + "\n"
                                : outline(inner, indent + 2);
    if (text.size() > indent) text[indent] = '-';
    out += text;
  }
  return out;
}

std::string readable::outline(object from, std::size_t indent) const {
  std::size_t width = 0;
  for (const auto m : from) width = std::max(width, columns(printable(m.key)));
  std::string out;
  const std::string space(indent, ' ');
  for (const auto m : from) {
    const auto key = printable(m.key);
    object inner;
    array items;
    const bool has_members = !m.value.get(inner) && inner.size() > 0;
    const bool has_objects =
        !m.value.get(items) && items.size() > 0 && !is_flat(items.at(0).value());
    if (!has_members && !has_objects) {
      const std::string gap(width - columns(key) + 1, ' ');
      out += fmt::format("{}{}:{}{}\n", space, key, gap, line(m.value));
      continue;
    }
    out += fmt::format("{}{}:\n", space, key);
    out += has_members ? outline(inner, indent + 2) : members(items, indent + 2);
  }
  return out;
}

}  // namespace freshet::app
