#include "connectors/document/document_tree.hpp"

#include <algorithm>

#include "core/json/writer.hpp"

namespace freshet {

void document_tree::put(const json::pointer& at, std::string_view raw) {
  auto* here = &root_;
  for (const auto& step : at.steps()) {
    auto member = std::find_if(here->members.begin(), here->members.end(),
                               [&](const auto& m) { return m.name == step; });
    if (member == here->members.end()) {
      here->members.push_back({step, {}});
      member = std::prev(here->members.end());
    }
    here = &member->value;
  }
  here->raw = raw;
}

std::string document_tree::text() const {
  std::string out;
  write(root_, out);
  return out;
}

void document_tree::write(const node& from, std::string& out) {
  if (from.members.empty()) {
    out += from.raw.empty() ? std::string_view("null") : std::string_view(from.raw);
    return;
  }
  out += '{';
  for (const auto& [name, value] : from.members) {
    if (out.back() != '{') out += ',';
    json::append_string(out, name);
    out += ':';
    write(value, out);
  }
  out += '}';
}

std::string raw_at(std::string_view document, const json::pointer& at) {
  if (at.empty()) return std::string(document);
  const simdjson::padded_string padded(document);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document parsed;
  simdjson::ondemand::value value;
  if (parser.iterate(padded).get(parsed) || parsed.at_pointer(at.text()).get(value)) return {};
  std::string_view raw;
  simdjson::ondemand::json_type type{};
  if (value.type().get(type)) return {};
  if (type == simdjson::ondemand::json_type::object) {
    simdjson::ondemand::object object;
    if (value.get_object().get(object) || object.raw_json().get(raw)) return {};
  } else if (type == simdjson::ondemand::json_type::array) {
    simdjson::ondemand::array array;
    if (value.get_array().get(array) || array.raw_json().get(raw)) return {};
  } else {
    raw = value.raw_json_token();
  }
  // simdjson's slices may run on into white space behind the value
  const auto end = raw.find_last_not_of(" \t\r\n");
  return std::string(raw.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

}  // namespace freshet
