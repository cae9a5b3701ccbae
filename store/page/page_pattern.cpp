#include "store/page/page_pattern.hpp"

#include <algorithm>

#include "core/url/percent.hpp"

namespace freshet {
namespace {

constexpr std::size_t query_max = 32;

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

result<std::string> parse_literal(std::string_view text) {
  if (text.find_first_of("{}#") != std::string_view::npos) {
    return fail(errc::malformed, "one {name} per segment; a literal brace is written %7B or %7D");
  }
  auto decoded = percent_decode(text);
  if (!decoded) return decoded;
  if (!is_plain_text(*decoded) || decoded->find_first_of("/\\") != std::string::npos) {
    return fail(errc::malformed, "expected UTF-8 without control characters, %2F and \\");
  }
  return decoded;
}

result<segment_pattern> parse_segment(std::string_view text) {
  segment_pattern parsed;
  const auto open = text.find('{');
  if (open == std::string_view::npos) {
    auto literal = parse_literal(text);
    if (!literal) return literal.error();
    if (*literal == "." || *literal == "..") return fail(errc::malformed, "a . or .. segment");
    parsed.prefix = std::move(*literal);
    return parsed;
  }
  const auto close = text.find('}', open);
  if (close == std::string_view::npos) return fail(errc::malformed, "a { without its }");
  const auto name = text.substr(open + 1, close - open - 1);
  if (!is_name(name)) {
    return fail(errc::malformed, "expected {name} of letters, digits, _ and -");
  }
  auto prefix = parse_literal(text.substr(0, open));
  if (!prefix) return prefix.error();
  auto suffix = parse_literal(text.substr(close + 1));
  if (!suffix) return suffix.error();
  parsed.prefix = std::move(*prefix);
  parsed.suffix = std::move(*suffix);
  parsed.capture = name;
  return parsed;
}

result<void> parse_query(std::string_view text, page_pattern& parsed) {
  for (;;) {
    const auto end = text.find('&');
    const auto part = text.substr(0, end);
    const auto equals = part.find('=');
    const auto name = part.substr(0, equals);
    if (!is_name(name)) {
      return fail(errc::malformed, "expected ?name&name=default of letters, digits, _ and -");
    }
    std::string fallback;
    if (equals != std::string_view::npos) {
      auto decoded = percent_decode(part.substr(equals + 1), plus_sign::space);
      if (!decoded) return decoded.error();
      fallback = std::move(*decoded);
    }
    if (parsed.query.size() == query_max) {
      return fail(errc::out_of_range, "more than 32 query parameters");
    }
    parsed.query.emplace_back(name, std::move(fallback));
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
}

result<void> check_names(const page_pattern& parsed) {
  std::vector<std::string_view> names;
  for (const auto& segment : parsed.segments) {
    if (segment.capture) names.push_back(*segment.capture);
  }
  for (const auto& [name, fallback] : parsed.query) names.push_back(name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    return fail(errc::duplicate, "the parameter " + std::string(*twice) + " stands twice");
  }
  return {};
}

}  // namespace

bool is_reserved(std::string_view first_segment) {
  return first_segment == "-" || first_segment == ".well-known" ||
         first_segment.starts_with("_console");
}

result<page_pattern> page_pattern::parse(std::string_view text) {
  page_pattern parsed;
  if (!text.starts_with('/')) return fail(errc::malformed, "expected a path that begins with /");
  const auto question = text.find('?');
  auto path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  for (;;) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty() && slash != std::string_view::npos) {
      return fail(errc::malformed, "an empty segment (//)");
    }
    if (parsed.segments.size() == segments_max) {
      return fail(errc::out_of_range, "more than 32 segments");
    }
    auto segment = parse_segment(part);
    if (!segment) return segment.error();
    parsed.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  const auto& first = parsed.segments.front();
  const bool swallowed = first.capture && first.prefix.starts_with("_console");
  if (swallowed || (!first.capture && is_reserved(first.prefix))) {
    return fail(errc::malformed, "/-/, /.well-known/ and /_console belong to the server itself");
  }
  if (question != std::string_view::npos) {
    if (auto query = parse_query(text.substr(question + 1), parsed); !query) return query.error();
  }
  if (auto unique = check_names(parsed); !unique) return unique.error();
  return parsed;
}

}  // namespace freshet
