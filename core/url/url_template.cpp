#include "core/url/url_template.hpp"

#include "core/url/percent.hpp"

namespace freshet {
namespace {

bool is_url_byte(char c) {
  return c > 0x20 && c < 0x7F && std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
}

/// `.`, `..` and their encoded spellings.
bool is_dots(std::string_view segment) {
  std::string decoded;
  if (!percent_decode(segment, plus_sign::literal, decoded)) return false;
  return decoded == "." || decoded == "..";
}

/// Splits at `separator` outside of braces: a pointer in braces may hold any byte but `}`.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool inside = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') inside = true;
    if (text[i] == '}') inside = false;
    if (text[i] == separator && !inside) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

result<url_template::pieces> url_template::parse_pieces(std::string_view text) {
  pieces parsed;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto literal = text.substr(0, open);
    if (!literal.empty()) {
      for (const char c : literal) {
        if (!is_url_byte(c)) {
          return fail(errc::malformed, "a byte that a URL cannot hold; write it as %XX");
        }
      }
      if (!percent_decode(literal)) {
        return fail(errc::malformed, "a % is not followed by two hex digits; write %25");
      }
      parsed.emplace_back(std::string(literal));
    }
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return fail(errc::malformed, "a { without its }");
    auto inside = placeholder::parse(text.substr(open + 1, close - open - 1));
    if (!inside) return inside.error();
    parsed.emplace_back(std::move(*inside));
    text = text.substr(close + 1);
  }
  return parsed;
}

result<void> url_template::parse_query(std::string_view text, url_template& parsed) {
  for (const auto part : split(text, '&')) {
    const auto equals = split(part, '=').front().size();
    const auto name = part.substr(0, std::min(part.size(), equals + 1));
    if (name.find('{') != std::string_view::npos) {
      return fail(errc::malformed, "a placeholder cannot name a query parameter; write name={...}");
    }
    auto checked = parse_pieces(name);
    if (!checked) return checked.error();
    auto value = parse_pieces(part.substr(name.size()));
    if (!value) return value.error();
    parsed.query_.push_back({std::string(name), std::move(*value)});
  }
  return {};
}

result<url_template> url_template::parse(std::string_view text) {
  url_template parsed;
  parsed.text_ = text;
  if (!text.starts_with('/') || text.starts_with("//")) {
    return fail(errc::malformed, "expected a path that begins with one /");
  }
  if (text.size() > bytes_max) return fail(errc::out_of_range, "longer than 16 KiB");
  const auto path = split(text, '?').front();
  for (const auto segment : split(path.substr(1), '/')) {
    auto parts = parse_pieces(segment);
    if (!parts) return parts.error();
    if (is_dots(segment)) return fail(errc::malformed, "a . or .. segment");
    parsed.segments_.push_back(std::move(*parts));
  }
  if (path.size() < text.size()) {
    if (auto query = parse_query(text.substr(path.size() + 1), parsed); !query) {
      return query.error();
    }
  }
  return parsed;
}

/// False when a placeholder's value was empty.
result<bool> url_template::append(const pieces& from, const template_lookup& lookup,
                                  std::string& out) {
  bool full = true;
  for (const auto& part : from) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      out += *literal;
      continue;
    }
    auto value = look_up(std::get<placeholder>(part), lookup);
    if (!value) return value.error();
    if (value->text.empty()) full = false;
    percent_encode(value->text, percent_set::unreserved, out);
    if (out.size() > bytes_max) return fail(errc::out_of_range, "the URL is longer than 16 KiB");
  }
  return full;
}

result<std::string> url_template::expand(const template_lookup& lookup) const {
  std::string out;
  for (const auto& segment : segments_) {
    out += '/';
    const auto begin = out.size();
    auto full = append(segment, lookup, out);
    if (!full) return full.error();
    const auto written = std::string_view(out).substr(begin);
    if (is_dots(written) || (written.empty() && !segment.empty())) {
      return fail(errc::malformed, text_ + ": a value makes a path segment empty, . or ..");
    }
  }
  char separator = '?';
  for (const auto& one : query_) {
    const auto begin = out.size();
    out += separator;
    out += one.name;
    auto full = append(one.value, lookup, out);
    if (!full) return full.error();
    if (*full) {
      separator = '&';
    } else {
      out.resize(begin);
    }
  }
  return out;
}

std::vector<placeholder> url_template::placeholders() const {
  std::vector<placeholder> found;
  const auto gather = [&found](const pieces& from) {
    for (const auto& part : from) {
      if (const auto* wanted = std::get_if<placeholder>(&part)) found.push_back(*wanted);
    }
  };
  for (const auto& segment : segments_) gather(segment);
  for (const auto& one : query_) gather(one.value);
  return found;
}

}  // namespace freshet
