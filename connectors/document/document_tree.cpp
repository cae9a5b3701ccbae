#include "connectors/document/document_tree.hpp"

#include <algorithm>
#include <charconv>

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

namespace {

namespace ondemand = simdjson::ondemand;

/// One step down. simdjson's own at_pointer() compares names as they are spelt: it does not find
/// "\u00e9" by é, nor a name that needs an escape.
bool step_down(ondemand::value& at, const std::string& step) {
  ondemand::object object;
  if (at.get_object().get(object) == simdjson::SUCCESS) {
    for (auto member : object) {
      std::string_view name;
      if (member.unescaped_key().get(name)) return false;
      if (name == step) return member.value().get(at) == simdjson::SUCCESS;
    }
    return false;
  }
  ondemand::array array;
  std::size_t index = 0;
  const auto* end = step.data() + step.size();
  const auto [stop, bad] = std::from_chars(step.data(), end, index);
  const bool is_index = bad == std::errc{} && stop == end && std::to_string(index) == step;
  return is_index && at.get_array().get(array) == simdjson::SUCCESS &&
         array.at(index).get(at) == simdjson::SUCCESS;
}

bool raw_of(ondemand::value value, std::string_view& raw) {
  ondemand::json_type type{};
  if (value.type().get(type)) return false;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    return !value.get_object().get(object) && !object.raw_json().get(raw);
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    return !value.get_array().get(array) && !array.raw_json().get(raw);
  }
  raw = value.raw_json_token();
  return true;
}

}  // namespace

std::string raw_at(std::string_view document, const json::pointer& at) {
  if (at.empty()) return std::string(document);
  const simdjson::padded_string padded(document);
  ondemand::parser parser;
  ondemand::document parsed;
  ondemand::value value;
  if (parser.iterate(padded).get(parsed) || parsed.get_value().get(value)) return {};
  for (const auto& step : at.steps()) {
    if (!step_down(value, step)) return {};
  }
  std::string_view raw;
  if (!raw_of(value, raw)) return {};
  // simdjson's slices may run on into white space behind the value
  const auto end = raw.find_last_not_of(" \t\r\n");
  return std::string(raw.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

}  // namespace freshet
