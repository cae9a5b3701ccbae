#include "core/config/node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::config {
namespace {

constexpr std::size_t found_bytes_max = 40;

/// Quoted and made harmless for a terminal; cut at a character's start.
std::string quote(std::string_view text) {
  std::string out = "\"";
  std::size_t end = std::min(text.size(), found_bytes_max);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (end < text.size() ? "...\"" : "\"");
}

void merge_at(node& base, node over, bool root) {
  if (base.is != node::type::table || over.is != node::type::table) {
    base = std::move(over);
    return;
  }
  for (auto& next : over.members) {
    node* old = base.find(next.name);
    const bool adds = root && (next.name == "tag" || next.name == "sink");
    if (old == nullptr) {
      base.members.push_back(std::move(next));
    } else if (adds && old->is == node::type::array && next.value.is == node::type::array) {
      for (auto& item : next.value.items) old->items.push_back(std::move(item));
    } else {
      merge_at(*old, std::move(next.value), false);
    }
  }
}

}  // namespace

const node* node::find(std::string_view name) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const member& m) { return m.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

node* node::find(std::string_view name) {
  return const_cast<node*>(static_cast<const node&>(*this).find(name));
}

void merge(node& base, node over) { merge_at(base, std::move(over), true); }

std::string describe(const node& value) {
  switch (value.is) {
    case node::type::boolean:
      return value.flag ? "true" : "false";
    case node::type::integer:
    case node::type::floating:
      return "the number " + value.text.substr(0, found_bytes_max);
    case node::type::string:
      return value.text.empty() ? "an empty string" : quote(value.text);
    case node::type::date:
      return "a date or time";
    case node::type::array:
      return value.items.empty() ? "an empty list" : "a list";
    case node::type::table:
      return "a table";
  }
  return "nothing";
}

std::optional<std::string> scalar_text(const node& value) {
  switch (value.is) {
    case node::type::boolean:
      return value.flag ? "true" : "false";
    case node::type::integer:
    case node::type::floating:
    case node::type::string:
    case node::type::date:
      return value.text;
    case node::type::array:
    case node::type::table:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string key_step(std::string_view step) {
  const bool bare = !step.empty() && std::all_of(step.begin(), step.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(step) : quote(step);
}

}  // namespace freshet::config
