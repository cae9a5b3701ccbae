#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

constexpr std::size_t value_bytes_max = 4096;

result<std::size_t> to_value_bytes(const node& value) {
  if (value.is == node::type::integer && value.integer >= 1 &&
      value.integer <= static_cast<std::int64_t>(value_bytes_max)) {
    return static_cast<std::size_t>(value.integer);
  }
  return unexpected(fmt::format("a number of bytes from 1 to {}", value_bytes_max), value);
}

result<std::pair<std::int64_t, std::int64_t>> to_range(const node& value) {
  constexpr std::string_view form = "two whole numbers such as [1, 50]";
  if (value.is != node::type::array || value.items.size() != 2) return unexpected(form, value);
  const node& low = value.items[0];
  const node& high = value.items[1];
  if (low.is != node::type::integer) return unexpected(form, low);
  if (high.is != node::type::integer) return unexpected(form, high);
  if (low.integer > high.integer) {
    return fail(errc::malformed,
                fmt::format("expected [low, high], found [{}, {}]", low.integer, high.integer));
  }
  return std::pair(low.integer, high.integer);
}

}  // namespace

parameter_settings read_parameter(const node& value, std::string name, std::string path,
                                  problems& out) {
  table_reader t(value, std::move(path), out);
  parameter_settings p;
  p.name = std::move(name);
  p.where = t.where();
  if (!is_name(p.name)) t.wrong_here(std::string(name_rule));
  t.read("lower", p.lower, to_flag);
  t.read("max", p.max, to_value_bytes);
  std::vector<std::string> allowed;
  if (t.read_list("in", allowed, to_scalar_text)) {
    if (allowed.empty()) t.wrong("in", *t.take("in"), "expected at least one value");
    p.in = std::move(allowed);
  }
  t.read("int", p.range, to_range);
  t.read("chars", p.chars, to_filled_text);
  if (p.in && p.range) t.wrong_here("expected only one of `in` and `int`");
  t.read_table("json", [&](table_reader& inner) {
    for (const auto& m : inner.table().members) {
      json::pointer at;
      if (inner.read(m.name, at, to_pointer)) p.json.emplace_back(m.name, std::move(at));
    }
  });
  t.finish();
  return p;
}

}  // namespace freshet::config
