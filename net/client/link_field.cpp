#include "net/client/link_field.hpp"

#include <algorithm>

namespace freshet {
namespace {

constexpr std::string_view white = " \t";

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

/// Reads the field from left to right.
struct link_reader {
  std::string_view rest;

  void skip_white() { rest.remove_prefix(std::min(rest.find_first_not_of(white), rest.size())); }
  bool take(char c) {
    skip_white();
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// Up to one of `stops`, without white space around it.
  std::string_view word(std::string_view stops) {
    skip_white();
    const auto end = std::min(rest.find_first_of(stops), rest.size());
    auto out = rest.substr(0, end);
    rest.remove_prefix(end);
    out = out.substr(0, std::min(out.find_last_not_of(white) + 1, out.size()));
    return out;
  }
  /// A token or a quoted string; nothing when a quote is never closed.
  std::optional<std::string> value() {
    if (!take('"')) return std::string(word(";,"));
    std::string out;
    while (!rest.empty() && rest.front() != '"') {
      if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
      out += rest.front();
      rest.remove_prefix(1);
    }
    if (!take('"')) return std::nullopt;
    return out;
  }
};

bool names_next(std::string_view relations) {
  while (!relations.empty()) {
    const auto end = std::min(relations.find_first_of(white), relations.size());
    if (same_word(relations.substr(0, end), "next")) return true;
    relations.remove_prefix(std::min(end + 1, relations.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> next_link(std::string_view field) {
  link_reader in{field};
  for (;;) {
    while (in.take(',')) {
    }
    if (!in.take('<')) return std::nullopt;
    const auto end = in.rest.find('>');
    if (end == std::string_view::npos) return std::nullopt;
    const auto target = in.rest.substr(0, end);
    in.rest.remove_prefix(end + 1);
    std::optional<std::string> relation;
    bool elsewhere = false;
    while (in.take(';')) {
      const auto name = in.word("=;,");
      std::string text;
      if (in.take('=')) {
        auto value = in.value();
        if (!value) return std::nullopt;
        text = std::move(*value);
      }
      if (same_word(name, "rel") && !relation) relation = text;
      elsewhere |= same_word(name, "anchor");
    }
    if (relation && !elsewhere && names_next(*relation)) return std::string(target);
    if (!in.take(',')) return std::nullopt;
  }
}

}  // namespace freshet
