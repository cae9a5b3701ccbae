#include "core/json/slices.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <optional>

namespace freshet::json {
namespace {

constexpr std::string_view white = " \t\r\n";

std::size_t skip_white(std::string_view text, std::size_t at) {
  while (at < text.size() && white.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

/// Behind the string that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

/// Behind the value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;  // behind a number: the end of what it stands in
      --depth;
      ++at;
    } else if (depth == 0) {
      return std::min(text.find_first_of(" \t\r\n,]}", at), text.size());
    } else {
      ++at;
      continue;
    }
    if (depth == 0) return at;
  }
  return at;
}

/// The value that begins at `at`, which moves behind it. False where none begins: the end of what
/// is no JSON.
bool take(std::string_view text, std::size_t& at, std::string_view& value) {
  if (at >= text.size()) return false;
  const auto end = skip_value(text, at);
  value = text.substr(at, end - at);
  at = end;
  return !value.empty();
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80u | ((code >> shift) & 0x3Fu));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0u | (code >> 6u));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0u | (code >> 12u));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0u | (code >> 18u));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// The four digits at `at`; nothing when there are no four.
std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t code = 0;
  const auto* end = text.data() + at + 4;
  const auto read = std::from_chars(text.data() + at, end, code, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return code;
}

/// `at` stands behind `\u`. Moves it behind what was read.
std::uint32_t take_code(std::string_view text, std::size_t& at) {
  constexpr std::uint32_t unknown = 0xFFFD;
  const auto high = hex4(text, at);
  at = std::min(at + 4, text.size());
  if (!high || *high < 0xD800 || *high > 0xDFFF) return high.value_or(unknown);
  if (*high > 0xDBFF || text.substr(at, 2) != "\\u") return unknown;
  const auto low = hex4(text, at + 2);
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return unknown;
  at += 6;
  return 0x10000 + ((*high - 0xD800) << 10u) + (*low - 0xDC00);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white) + 1 - begin);
}

value_kind kind_of(std::string_view value) {
  assert(!value.empty());
  switch (value.front()) {
    case '{':
      return value_kind::object;
    case '[':
      return value_kind::array;
    case '"':
      return value_kind::string;
    case 't':
    case 'f':
      return value_kind::boolean;
    case 'n':
      return value_kind::null;
    default:
      return value_kind::number;
  }
}

std::string_view noun_of(value_kind kind) {
  constexpr std::array<std::string_view, 6> nouns{"null",     "a boolean", "a number",
                                                  "a string", "an array",  "an object"};
  return nouns[static_cast<std::size_t>(kind)];
}

std::string unescaped(std::string_view spelt) {
  std::string out;
  out.reserve(spelt.size());
  for (std::size_t i = 0; i < spelt.size();) {
    if (spelt[i] != '\\' || i + 1 == spelt.size()) {
      out += spelt[i++];
      continue;
    }
    constexpr std::string_view letters = "bfnrt";
    constexpr std::string_view meant = "\b\f\n\r\t";
    const char c = spelt[i + 1];
    i += 2;
    if (c == 'u') {
      append_utf8(out, take_code(spelt, i));
    } else {
      const auto known = letters.find(c);
      out += known == std::string_view::npos ? c : meant[known];
    }
  }
  return out;
}

std::string text_of(std::string_view string_slice) {
  return unescaped(string_slice.substr(1, std::max<std::size_t>(string_slice.size(), 2) - 2));
}

elements::elements(std::string_view array) : text_(array) {
  assert(kind_of(array) == value_kind::array);
}

bool elements::next() {
  at_ = skip_white(text_, at_);
  if (at_ < text_.size() && text_[at_] == ',') at_ = skip_white(text_, at_ + 1);
  if (at_ >= text_.size() || text_[at_] == ']') return false;
  return take(text_, at_, value_);
}

members::members(std::string_view object) : text_(object) {
  assert(kind_of(object) == value_kind::object);
}

bool members::next() {
  at_ = skip_white(text_, at_);
  if (at_ < text_.size() && text_[at_] == ',') at_ = skip_white(text_, at_ + 1);
  if (at_ >= text_.size() || text_[at_] == '}') return false;
  const auto name = at_;
  at_ = skip_string(text_, at_);
  name_ = text_.substr(name + 1, std::max(at_, name + 2) - name - 2);
  at_ = skip_white(text_, skip_white(text_, at_) + 1);  // over the colon
  return take(text_, at_, value_);
}

bool members::is(std::string_view name) const {
  if (name_.find('\\') == std::string_view::npos) return name_ == name;
  return unescaped(name_) == name;
}

namespace {

std::string_view child(std::string_view parent, const std::string& step) {
  const auto kind = kind_of(parent);
  if (kind == value_kind::object) {
    members all(parent);
    while (all.next())
      if (all.is(step)) return all.value();
    return {};
  }
  if (kind != value_kind::array) return {};
  std::size_t index = 0;
  const auto* end = step.data() + step.size();
  const auto read = std::from_chars(step.data(), end, index);
  const bool is_index =
      read.ec == std::errc{} && read.ptr == end && (step.size() == 1 || step.front() != '0');
  if (!is_index) return {};
  elements all(parent);
  while (all.next())
    if (index-- == 0) return all.value();
  return {};
}

}  // namespace

std::string_view slice_at(std::string_view text, const pointer& at) {
  auto here = trimmed(text);
  for (const auto& step : at.steps()) {
    if (here.empty()) break;
    here = child(here, step);
  }
  return here;
}

}  // namespace freshet::json
