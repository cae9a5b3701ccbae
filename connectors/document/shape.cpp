#include "connectors/document/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "connectors/document/row_order.hpp"
#include "core/json/slices.hpp"
#include "core/json/writer.hpp"

namespace freshet {
namespace {

using config::shape_settings;

bool among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct row_member {
  std::string name;
  std::string_view value;
};

/// Of equal names the first.
std::vector<row_member> members_of(std::string_view row) {
  std::vector<row_member> out;
  std::unordered_set<std::string> seen;
  json::members all(row);
  while (all.next()) {
    auto name = json::unescaped(all.spelt_name());
    if (seen.insert(name).second) out.push_back({std::move(name), all.value()});
  }
  return out;
}

void keep_members(std::vector<row_member>& all, const std::vector<std::string>& names) {
  std::vector<row_member> kept;
  for (const auto& name : names)
    for (auto& each : all)
      if (each.name == name) kept.push_back(std::move(each));
  all = std::move(kept);
}

/// A new name takes the place of a member that has it already, unless that one gets another, too.
void rename_members(std::vector<row_member>& all,
                    const std::vector<std::pair<std::string, std::string>>& names) {
  const auto new_name = [&](const std::string& old) -> const std::string* {
    for (const auto& [from, to] : names)
      if (from == old) return &to;
    return nullptr;
  };
  std::vector<std::string> taken;
  for (const auto& each : all)
    if (const auto* name = new_name(each.name)) taken.push_back(*name);
  std::erase_if(all, [&](const row_member& each) {
    return new_name(each.name) == nullptr && among(taken, each.name);
  });
  for (auto& each : all)
    if (const auto* name = new_name(each.name)) each.name = *name;
}

void write_row(std::string_view row, const shape_settings& how, std::string& out) {
  const bool as_it_is = how.keep.empty() && how.drop.empty() && how.rename.empty();
  if (as_it_is || json::kind_of(row) != json::value_kind::object) {
    out += row;
    return;
  }
  auto all = members_of(row);
  if (!how.keep.empty()) keep_members(all, how.keep);
  std::erase_if(all, [&](const row_member& each) { return among(how.drop, each.name); });
  rename_members(all, how.rename);
  json::writer w(out);
  w.begin_object();
  for (const auto& each : all) w.key(each.name).raw(each.value);
  w.end_object();
}

/// What stands at `from`; an upstream's null is none.
result<std::string_view> value_in(const std::string& answer, const shape_settings& how) {
  const auto value = how.from ? json::slice_at(answer, *how.from) : json::trimmed(answer);
  if (value.empty())
    return fail(errc::malformed,
                fmt::format("from {}: nothing is there", how.from ? how.from->text() : ""));
  return value;
}

result<void> add_rows(std::string_view array, std::vector<std::string_view>& rows) {
  json::elements all(array);
  while (all.next()) {
    if (rows.size() == shaped_rows_max)
      return fail(errc::out_of_range, fmt::format("more than {} rows", shaped_rows_max));
    rows.push_back(all.value());
  }
  return {};
}

/// The names that `sort` goes by are those after `rename`; so rows are written first.
result<shaped_answer> finish(const std::vector<std::string_view>& sources,
                             const shape_request& request) {
  const auto& how = *request.how;
  std::string written;
  std::vector<std::size_t> ends;
  for (const auto& row : sources) {
    write_row(row, how, written);
    ends.push_back(written.size());
  }
  std::vector<std::string_view> rows;
  for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++])
    rows.push_back(std::string_view(written).substr(begin, ends[i] - begin));
  if (!how.sort.empty()) sort_rows(rows, how.sort);
  shaped_answer out;
  out.all = rows.size();
  const auto first = std::min(request.skip.value_or(0), rows.size());
  out.shown = std::min(request.limit.value_or(rows.size()), rows.size() - first);
  out.body = "[";
  for (const auto& row : std::span(rows).subspan(first, out.shown)) {
    if (out.body.size() > 1) out.body += ',';
    out.body += row;
    if (out.body.size() > request.bytes_max) break;
  }
  out.body += ']';
  if (out.body.size() > request.bytes_max)
    return fail(errc::out_of_range, fmt::format("beyond {} bytes", request.bytes_max));
  return out;
}

}  // namespace

result<shaped_answer> shape_answer(const std::string& answer, const shape_request& request) {
  const auto& how = *request.how;
  auto value = value_in(answer, how);
  if (!value) return value.error();
  const auto kind = json::kind_of(*value);
  if (kind == json::value_kind::array) {
    std::vector<std::string_view> rows;
    if (auto fine = add_rows(*value, rows); !fine) return fine.error();
    return finish(rows, request);
  }
  const bool wants_rows =
      !how.sort.empty() || request.skip || request.limit || how.count_all || how.count_shown;
  if (wants_rows && kind != json::value_kind::null)
    return fail(errc::malformed,
                fmt::format("{}: expected an array of rows, found {}",
                            how.from ? how.from->text() : "the answer", json::noun_of(kind)));
  shaped_answer out;
  write_row(*value, how, out.body);
  if (out.body.size() > request.bytes_max)
    return fail(errc::out_of_range, fmt::format("beyond {} bytes", request.bytes_max));
  return out;
}

result<shaped_answer> join_answers(std::span<const std::string> pages,
                                   const shape_request& request) {
  std::vector<std::string_view> rows;
  for (const auto& page : pages) {
    auto value = value_in(page, *request.how);
    if (!value) return value.error();
    const auto kind = json::kind_of(*value);
    if (kind == json::value_kind::null) continue;
    if (kind != json::value_kind::array)
      return fail(errc::malformed,
                  fmt::format("{}: expected an array of rows, found {}",
                              request.how->from ? request.how->from->text() : "a page",
                              json::noun_of(kind)));
    if (auto fine = add_rows(*value, rows); !fine) return fine.error();
  }
  return finish(rows, request);
}

}  // namespace freshet
