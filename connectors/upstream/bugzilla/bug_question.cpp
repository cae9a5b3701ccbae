#include "connectors/upstream/bugzilla/bug_question.hpp"

#include <simdjson.h>

#include <algorithm>

#include "core/json/writer.hpp"

namespace freshet::bugzilla {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t id_digits_max = 18;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= id_digits_max && text[0] != '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether one of the comma-separated fields brings the number.
bool names_id(std::string_view fields) {
  while (!fields.empty()) {
    const auto end = fields.find(',');
    const auto field = fields.substr(0, end);
    if (field == "id" || field == "_default" || field == "_all") return true;
    fields.remove_prefix(end == std::string_view::npos ? fields.size() : end + 1);
  }
  return false;
}

bool query_brings_id(std::string_view query) {
  bool limited = false;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto name = pair.substr(0, pair.find('='));
    if (name == "include_fields") {
      if (names_id(pair.substr(std::min(pair.size(), name.size() + 1)))) return true;
      limited = true;
    }
    // `%` may hide anything; `id` and `limit` are ours.
    const bool ours = name == "id" || name == "ids" || name == "limit" || name == "offset";
    if (ours || name == "exclude_fields" || name.find('%') != std::string_view::npos) return false;
  }
  return !limited;
}

/// The id of `Bug.get`, and what stands beside it.
bool read_get(const remote_call& call, std::string& id, std::string& others) {
  dom::parser parser;
  dom::array all;
  dom::object members;
  if (parser.parse(call.arguments).get_array().get(all) || all.size() != 1 ||
      all.at(0).get_object().get(members))
    return false;
  bool brings_id = true;
  for (const auto [name, value] : members) {
    if (name == "ids") {
      std::string_view text;
      id = value.is_string() && !value.get_string().get(text) ? std::string(text)
           : value.is_int64()                                 ? simdjson::minify(value)
                                                              : std::string();
      continue;
    }
    if (name == "permissive") continue;
    if (name == "exclude_fields") return false;
    if (name == "include_fields") {
      dom::array fields;
      if (value.get_array().get(fields)) return false;
      brings_id = std::ranges::any_of(fields, [](dom::element field) {
        std::string_view text;
        return !field.get_string().get(text) && names_id(text);
      });
    }
    others += ',';
    json::append_string(others, name);
    others += ':' + std::string(simdjson::minify(value));
  }
  return brings_id && is_id(id);
}

}  // namespace

bug_question bug_question::of(const upstream_request& request) {
  bug_question out;
  if (request.calls.size() == 1 && request.calls[0].method == "Bug.get") {
    if (read_get(request.calls[0], out.id, out.before_)) out.group = "Bug.get" + out.before_;
    return out;
  }
  // With a base the target is relative to it, and nobody knows yet what it names.
  if (!request.calls.empty() || request.method != "GET" || !request.base.empty()) return out;
  const std::string_view target = request.target;
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(target.size(), path.size() + 1));
  constexpr std::string_view bug = "/bug/";
  const auto at = path.rfind(bug);
  if (at == std::string_view::npos || !is_id(path.substr(at + bug.size())) ||
      !query_brings_id(query))
    return out;
  out.is_rest = true;
  out.id = path.substr(at + bug.size());
  out.before_ = path.substr(0, at);
  out.query_ = query.empty() ? "" : "&" + std::string(query);
  out.group = out.before_ + "?" + out.query_;
  for (const auto& [name, value] : request.headers) out.group += "\n" + name + ":" + value;
  return out;
}

std::string bug_question::target(const std::vector<std::string>& ids) const {
  std::string out = before_ + "/bug?id=";
  for (const auto& each : ids) out += (&each == &ids.front() ? "" : ",") + each;
  return out + "&limit=" + std::to_string(ids.size()) + query_;
}

remote_call bug_question::call(const std::vector<std::string>& ids) const {
  remote_call out{"Bug.get", "[{\"ids\":["};
  for (const auto& each : ids) out.arguments += (&each == &ids.front() ? "" : ",") + each;
  out.arguments += "],\"permissive\":true" + before_ + "}]";
  return out;
}

}  // namespace freshet::bugzilla
