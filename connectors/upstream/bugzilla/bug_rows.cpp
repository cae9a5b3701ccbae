#include "connectors/upstream/bugzilla/bug_rows.hpp"

#include <simdjson.h>

#include "core/json/validate.hpp"

namespace freshet::bugzilla {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

std::string id_of(dom::element row) {
  std::int64_t number = 0;
  std::string_view text;
  if (!row["id"].get_int64().get(number)) return std::to_string(number);
  if (!row["id"].get_string().get(text)) return std::string(text);
  return {};
}

/// The rows' text as it came: a number of a document that was read is not written as it was.
result<std::vector<std::string>> texts_of(std::string_view json) {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array rows;
  std::vector<std::string> out;
  if (parser.iterate(padded).get(document) || document["bugs"].get_array().get(rows))
    return fail(errc::malformed, "expected {\"bugs\":[...]}");
  for (auto each : rows) {
    ondemand::object row;
    std::string_view text;
    if (each.get_object().get(row) || row.raw_json().get(text))
      return fail(errc::malformed, "a bug that is not an object");
    out.emplace_back(text);
  }
  return out;
}

}  // namespace

result<bug_rows> bug_rows::parse(std::string_view json) {
  json::reader reader(json.size());
  const auto root = reader.read(json);
  if (!root) return root.error();
  dom::array rows, faults;
  if ((*root)["bugs"].get_array().get(rows))
    return fail(errc::malformed, "expected {\"bugs\":[...]}");
  const auto texts = texts_of(json);
  if (!texts) return texts.error();
  bug_rows out;
  std::size_t at = 0;
  for (const auto row : rows) out.bugs.emplace(id_of(row), (*texts)[at++]);
  if ((*root)["faults"].get_array().get(faults)) return out;
  for (const auto each : faults) {
    fault f;
    std::string_view text;
    if (each["faultCode"].get_int64().get(f.code)) continue;
    if (!each["faultString"].get_string().get(text)) f.text = text;
    out.faults.emplace(id_of(each), std::move(f));
  }
  return out;
}

}  // namespace freshet::bugzilla
