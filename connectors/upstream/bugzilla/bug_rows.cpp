#include "connectors/upstream/bugzilla/bug_rows.hpp"

#include <simdjson.h>

#include "core/json/slices.hpp"
#include "core/json/validate.hpp"

namespace freshet::bugzilla {
namespace {

namespace dom = simdjson::dom;

std::string id_of(dom::element row) {
  std::int64_t number = 0;
  std::string_view text;
  if (!row["id"].get_int64().get(number)) return std::to_string(number);
  if (!row["id"].get_string().get(text)) return std::string(text);
  return {};
}

}  // namespace

result<bug_rows> bug_rows::parse(std::string_view json) {
  json::reader reader(json.size());
  const auto root = reader.read(json);
  if (!root) return root.error();
  dom::array rows, faults;
  if ((*root)["bugs"].get_array().get(rows))
    return fail(errc::malformed, "expected {\"bugs\":[...]}");
  // The rows' text as it came: a number of a document that was read is not written as it was.
  static const auto at_bugs = *json::pointer::parse("/bugs");
  json::elements texts(json::slice_at(json, at_bugs));
  bug_rows out;
  for (const auto row : rows) {
    if (!texts.next() || !row.is_object())
      return fail(errc::malformed, "a bug that is not an object");
    out.bugs.emplace(id_of(row), texts.value());
  }
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
