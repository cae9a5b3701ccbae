#include "core/config/toml_text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace freshet::config {
namespace {

source place(const std::shared_ptr<const document>& in, const toml::source_region& region) {
  return {in, region.begin.line, region.begin.column, {}};
}

/// The bytes of a region that stays on one line; columns count characters, not bytes.
std::string region_text(std::string_view text, const toml::source_region& region) {
  if (region.begin.line != region.end.line || region.begin.line == 0) return {};
  std::size_t begin = 0;
  for (toml::source_index at = 1; at < region.begin.line; ++at) {
    const auto newline = text.find('\n', begin);
    if (newline == std::string_view::npos) return {};
    begin = newline + 1;
  }
  std::string out;
  toml::source_index column = 0;
  for (std::size_t i = begin; i < text.size() && text[i] != '\n'; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) ++column;
    if (column >= region.end.column) break;
    if (column >= region.begin.column) out += text[i];
  }
  const auto last = out.find_last_not_of(" \t\r");
  out.erase(last == std::string::npos ? 0 : last + 1);
  return out;
}

node convert(const toml::node& from, const std::shared_ptr<const document>& in);

void convert_table(const toml::table& from, const std::shared_ptr<const document>& in, node& out) {
  out.is = node::type::table;
  for (auto&& [key, value] : from) {
    out.members.push_back({std::string(key.str()), place(in, key.source()), convert(value, in)});
  }
  // The library sorts by name; people think in the order they wrote.
  std::sort(out.members.begin(), out.members.end(), [](const member& a, const member& b) {
    return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
  });
}

template <class Date>
std::string date_text(const Date& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

node convert(const toml::node& from, const std::shared_ptr<const document>& in) {
  node out;
  out.at = place(in, from.source());
  if (const auto* table = from.as_table()) {
    convert_table(*table, in, out);
  } else if (const auto* array = from.as_array()) {
    out.is = node::type::array;
    for (const auto& item : *array) out.items.push_back(convert(item, in));
  } else if (const auto* text = from.as_string()) {
    out.is = node::type::string;
    out.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    out.is = node::type::integer;
    out.integer = integer->get();
    out.text = fmt::format("{}", out.integer);
  } else if (const auto* real = from.as_floating_point()) {
    out.is = node::type::floating;
    out.real = real->get();
    out.text = region_text(in->text, from.source());  // 1.10 is not 1.1 when it is compared as text
    if (out.text.empty()) out.text = fmt::format("{}", out.real);
  } else if (const auto* flag = from.as_boolean()) {
    out.is = node::type::boolean;
    out.flag = flag->get();
  } else {
    out.is = node::type::date;
    if (const auto* date = from.as_date()) out.text = date_text(date->get());
    if (const auto* time = from.as_time()) out.text = date_text(time->get());
    if (const auto* both = from.as_date_time()) out.text = date_text(both->get());
  }
  return out;
}

/// Walks the text as TOML's lexer does, as far as nesting is concerned. Where the two disagree the
/// text is malformed, and the library stops there.
class nesting_guard {
 public:
  explicit nesting_guard(std::string_view text) : text_(text) {}

  /// 0, or the line on which a limit is passed.
  std::uint32_t line_too_deep() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string(c);
        continue;
      }
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      ++at_;
      if (step(c)) return line_;
    }
    return 0;
  }

 private:
  bool step(char c) {
    if (c == '\n') ++line_;
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '.') {
      ++dots_;
    } else if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) {
      dots_ = 0;
    }
    return depth_ > nesting_max || dots_ >= steps_max;
  }

  void skip_string(char quote) {
    const bool escapes = quote == '"';
    const bool block = text_.substr(at_, 3) == std::string(3, quote);
    at_ += block ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!block) return;  // malformed; the newline ends it
        ++line_;
      }
      if (escapes && c == '\\') {
        at_ += 1;
      } else if (c == quote && (!block || text_.substr(at_, 3) == std::string(3, quote))) {
        at_ += block ? 3 : 1;
        while (block && at_ < text_.size() && text_[at_] == quote) ++at_;  // """a"" ends late
        return;
      }
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

node read_toml(std::shared_ptr<const document> from, problems& out) {
  if (from->text.size() > text_bytes_max) {
    out.add_file(from->name, fmt::format("the file has {} bytes, at most {} are read",
                                         from->text.size(), text_bytes_max));
    return {};
  }
  if (const auto line = nesting_guard(from->text).line_too_deep(); line != 0) {
    out.add({from, line, 1, {}}, "", "nested too deeply",
            fmt::format("at most {} brackets and {} steps in a key", nesting_max, steps_max));
    return {};
  }
  try {
    return convert(toml::parse(std::string_view(from->text)), from);
  } catch (const toml::parse_error& e) {
    out.add(place(from, e.source()), "", "not TOML: " + std::string(e.description()));
  } catch (const std::exception& e) {
    out.add_file(from->name, std::string("not TOML: ") + e.what());
  }
  return {};
}

std::optional<node> read_toml_value(std::string_view text) {
  // A newline or `#` would let one variable set several keys or hide its own tail.
  if (text.empty() || text.find_first_of("\n\r#") != std::string_view::npos) return std::nullopt;
  problems ignored;
  auto doc = std::make_shared<document>(document{"", "v = " + std::string(text) + "\n"});
  node all = read_toml(doc, ignored);
  if (all.members.size() != 1 || all.members[0].name != "v") return std::nullopt;
  node& value = all.members[0].value;
  if (value.is == node::type::table) return std::nullopt;
  for (const auto& item : value.items) {
    if (!scalar_text(item)) return std::nullopt;
  }
  return std::move(value);
}

}  // namespace freshet::config
