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

}  // namespace freshet
