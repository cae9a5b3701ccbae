/// Four lines of names with commas (keep, drop, one rename, sort), then a document: what comes out
/// is JSON, rows in their order hold what simdjson finds in their source, and rows that are in
/// order stay as they are.
#include "connectors/document/shape.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;
namespace dom = simdjson::dom;

std::vector<std::string> names_in(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty() && out.size() < 8) {
    const auto end = std::min(line.find(','), line.size());
    if (end > 0 && simdjson::validate_utf8(line.data(), end)) out.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

void check_row(dom::element source, dom::element made, const config::shape_settings& how) {
  dom::object from, to;
  if (source.get(from) != simdjson::SUCCESS) {
    require(simdjson::minify(source) == simdjson::minify(made), "what is no object stays");
    return;
  }
  require(made.get(to) == simdjson::SUCCESS, "an object stays one");
  const auto stays = [&](const std::string& name) {
    const auto in = [&](const auto& list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    return from.at_key(name).error() == simdjson::SUCCESS && !in(how.drop) &&
           (how.keep.empty() || in(how.keep));
  };
  for (const auto [name, value] : to) {
    auto old = std::string(name);
    for (const auto& [a, b] : how.rename)
      if (b == name && stays(a)) old = a;
    require(stays(old), "no member comes from nowhere, or in spite of keep and drop");
    dom::element found;
    const bool there = from.at_key(old).get(found) == simdjson::SUCCESS;
    require(there && simdjson::minify(found) == simdjson::minify(value), "values stay");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  auto how = std::make_shared<config::shape_settings>();
  how->keep = names_in(in.line());
  how->drop = names_in(in.line());
  const auto renamed = names_in(in.line());
  if (renamed.size() > 1) how->rename = {{renamed[0], renamed[1]}};
  std::vector<config::sort_key> sort;
  for (const auto& name : names_in(in.line())) {
    const bool descending = name.front() == '-';
    sort.push_back(
        {*json::pointer::parse("/" + escaped(name.substr(descending ? 1 : 0))), descending});
  }
  static json::reader sources(1 << 20), results(2 << 20);
  const std::string answer(in.rest());
  const auto source = sources.read(answer);
  if (!source) return 0;
  const shape_request plain{how, {}, {}, 2 << 20};
  const auto made = shape_answer(answer, plain);
  if (!made) return 0;
  const auto result = results.read(made->body);
  require(result.has_value(), "what is shaped is JSON");
  dom::array rows;
  if (source->get(rows) != simdjson::SUCCESS) {
    check_row(*source, *result, *how);
    return 0;
  }
  dom::array shaped;
  require(result->get(shaped) == simdjson::SUCCESS, "rows stay rows");
  require(rows.size() == shaped.size() || rows.size() > 0xFFFFFE, "all of them");
  auto to = shaped.begin();
  for (const auto row : rows) {
    check_row(row, *to, *how);
    ++to;
  }
  auto ordered = std::make_shared<config::shape_settings>();
  ordered->sort = sort;
  const shape_request order{ordered, {}, {}, 2 << 20};
  const auto once = shape_answer(made->body, order);
  require(once.has_value(), "rows have an order");
  require(shape_answer(once->body, order)->body == once->body, "and only one");
  return 0;
}
