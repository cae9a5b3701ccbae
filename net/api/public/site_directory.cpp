#include "net/api/public/site_directory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/url/percent.hpp"
#include "store/page/page_pattern.hpp"

namespace freshet::api {
namespace {

/// Bytes that mean something in a pattern become "any rest": asking whether two patterns can meet
/// may be answered too generously, never too strictly.
void append_literal(std::string& out, std::string_view decoded) {
  for (const char c : percent_encode(decoded, percent_set::canonical)) {
    out += c == ':' || c == '*' || c == '(' ? '*' : c;
  }
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string as_url_pattern(const page_pattern& page) {
  std::string out;
  for (const auto& segment : page.segments) {
    out += '/';
    append_literal(out, segment.prefix);
    if (!segment.capture) continue;
    // `:x` would take the beginning of such a suffix into its name.
    const bool ends_name = segment.suffix.empty() || !is_name_byte(segment.suffix.front());
    out += ends_name ? ":x" : "*";
    append_literal(out, segment.suffix);
  }
  return out;
}

}  // namespace

site_directory::site_directory(const config::settings& settings, const site& pages)
    : settings_(settings), pages_(pages) {
  for (const auto& page : pages.pages()) {
    if (!settings.pages[page.id()].store) continue;
    const auto parsed = page_pattern::parse(page.pattern());
    if (!parsed) continue;  // it was compiled from the same text
    if (auto made = sse::url_pattern::parse(as_url_pattern(*parsed))) {
      patterns_.push_back(std::move(*made));
    }
  }
}

result<std::string> site_directory::canonical(std::string_view target) const {
  auto match = pages_.find(target);
  if (match.what == page_match::outcome::invalid) {
    return fail(errc::malformed, std::move(match.detail));
  }
  if (match.what == page_match::outcome::unknown) {
    return fail(errc::missing, fmt::format("no page can match; there are {}",
                                           fmt::join(pages_.nearest(target), ", ")));
  }
  if (!settings_.pages[match.key.page].store) {
    return fail(errc::missing, "this page is made per request (store = false) and never pushed");
  }
  return std::move(match.canonical);
}

bool site_directory::can_match(const sse::url_pattern& pattern) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const sse::url_pattern& page) { return page.meets(pattern); });
}

}  // namespace freshet::api
