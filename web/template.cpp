#include "web/template.hpp"

namespace freshet::web {
namespace {

struct scope {
  const values& own;
  const scope* outer;

  const std::string* text(std::string_view name) const {
    if (const auto at = own.text.find(name); at != own.text.end()) return &at->second;
    return outer ? outer->text(name) : nullptr;
  }
  const std::vector<values>* list(std::string_view name) const {
    if (const auto at = own.lists.find(name); at != own.lists.end()) return &at->second;
    return outer ? outer->list(name) : nullptr;
  }
};

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void append_filled(std::string& out, std::string_view text, const scope& with) {
  for (;;) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) {
      out += text;
      return;
    }
    out += text.substr(0, open);
    auto name = text.substr(open + 2, close - open - 2);
    text.remove_prefix(close + 2);
    if (!name.starts_with('#')) {
      if (const auto* value = with.text(name)) append_escaped(out, *value);
      continue;
    }
    name.remove_prefix(1);
    const auto end_tag = "{{/" + std::string(name) + "}}";
    const auto end = text.find(end_tag);
    const auto body = text.substr(0, end);
    if (const auto* list = with.list(name)) {
      for (const auto& element : *list) append_filled(out, body, {element, &with});
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + end_tag.size());
  }
}

}  // namespace

std::string fill(std::string_view text, const values& with) {
  std::string out;
  append_filled(out, text, {with, nullptr});
  return out;
}

}  // namespace freshet::web
