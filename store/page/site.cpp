#include "store/page/site.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "core/config/settings.hpp"
#include "core/url/percent.hpp"

namespace freshet {
namespace {

std::string text_of(const config::location& where) {
  if (where.file.empty()) return where.key.empty() ? "the configuration" : where.key;
  return where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

bool refuse(page_match& out, std::string_view why) {
  out.what = page_match::outcome::invalid;
  out.detail = why;
  return false;
}

/// Between 0 and 1: the share of bytes that the two have in common at both ends.
double likeness(std::string_view a, std::string_view b) {
  const auto longest = std::max(a.size(), b.size());
  if (longest == 0) return 1;
  const auto shortest = std::min(a.size(), b.size());
  std::size_t head = 0, tail = 0;
  while (head < shortest && a[head] == b[head]) ++head;
  while (head + tail < shortest && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  return static_cast<double>(head + tail) / static_cast<double>(longest);
}

double likeness(const segment_pattern& pattern, std::string_view text) {
  if (!pattern.capture) return likeness(pattern.prefix, text);
  const bool fits = text.size() > pattern.literal_bytes() && text.starts_with(pattern.prefix) &&
                    text.ends_with(pattern.suffix);
  return fits ? 0.9 : 0.5 * likeness(pattern.suffix, text);
}

/// True when a normalised value is not what stands in the path.
bool respelled(std::span<const segment_pattern> pattern, std::span<const std::string> path,
               const page_key& key) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!pattern[i].capture) continue;
    const auto& value = key.values[next++];
    if (path[i].size() != value.size() + pattern[i].literal_bytes()) return true;
    if (path[i].compare(pattern[i].prefix.size(), value.size(), value) != 0) return true;
  }
  return false;
}

}  // namespace

site site::compile(const std::vector<config::page_settings>& pages,
                   std::vector<config::diagnostic>& problems) {
  site made;
  page_trie paths;
  const auto before = problems.size();
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto& from = pages[i];
    if (i >= std::numeric_limits<class_id>::max()) {
      problems.push_back({from.where, "more than 65535 pages", {}, false});
      break;
    }
    auto page = page_class::compile(static_cast<class_id>(i), from, problems);
    if (!page) continue;
    if (const auto other = paths.insert(page->segments_, page->id())) {
      const auto& rival = pages[*other];
      problems.push_back({from.where,
                          "page." + from.name + " at " + text_of(from.where) +
                              " answers the same paths as page." + rival.name + " at " +
                              text_of(rival.where),
                          "one of the two needs another literal", false});
      continue;
    }
    made.pages_.push_back(std::move(*page));
  }
  if (problems.size() != before) return {};
  made.paths_ = std::make_shared<const page_trie>(std::move(paths));
  for (auto& page : made.pages_) page.paths_ = made.paths_;
  return made;
}

/// Decodes each segment once and refuses what could mean something else to a layer behind us.
bool site::split_path(std::string_view path, page_match& out, std::size_t& count) {
  for (count = 0;;) {
    const auto slash = path.find('/');
    if (out.scratch.size() == count) out.scratch.emplace_back();
    auto& segment = out.scratch[count];
    if (!percent_decode(path.substr(0, slash), plus_sign::literal, segment)) {
      return refuse(out, "path: a % is not followed by two hex digits");
    }
    if (segment.find_first_of("/\\") != std::string::npos) {
      return refuse(out, "path: %2F, %5C and \\ are not accepted");
    }
    if (segment == "." || segment == "..") return refuse(out, "path: a . or .. segment");
    if (!is_plain_text(segment)) {
      return refuse(out, "path: expected UTF-8 without NUL and control characters");
    }
    // One more than any page has is enough to know that none fits; the rest is still checked.
    count = std::min(count + 1, page_pattern::segments_max + 1);
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool site::take_query(const page_class& page, std::string_view query, page_match& out) const {
  const auto first = page.captures_;
  for (std::size_t i = 0; i < page.queries_; ++i) {
    out.key.values[first + i] = page.parameters_[first + i].fallback();
  }
  if (page.queries_ == 0) return true;
  std::uint32_t given = 0;
  std::string name;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    const auto equals = part.find('=');
    // A name that does not decode is not a declared one, and undeclared ones are nobody's concern.
    if (!percent_decode(part.substr(0, equals), plus_sign::space, name)) continue;
    const auto at = page.index_of(name);
    if (!at || *at < first || *at >= first + page.queries_) continue;
    const auto bit = std::uint32_t{1} << (*at - first);
    if ((given & bit) != 0) return refuse(out, name + ": given more than once");
    given |= bit;
    const auto value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    if (!percent_decode(value, plus_sign::space, out.key.values[*at])) {
      return refuse(out, name + ": a % is not followed by two hex digits");
    }
  }
  return true;
}

void site::find(std::string_view target, page_match& out) const {
  out.what = page_match::outcome::unknown;
  out.canonical.clear();
  out.detail.clear();
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (!target.starts_with('/') || std::any_of(target.begin(), target.end(), control) ||
      target.find('#') != std::string_view::npos) {
    refuse(out, "target: expected /path?query without fragment and control characters");
    return;
  }
  const auto question = target.find('?');
  std::size_t count = 0;
  if (!split_path(target.substr(0, question).substr(1), out, count)) return;
  const std::span<const std::string> segments(out.scratch.data(), count);
  if (is_reserved(segments.front())) return;
  const auto id = paths_->find(segments);
  if (!id) return;

  const auto& found = page(*id);
  out.key.page = *id;
  out.key.values.resize(found.parameters_.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& pattern = found.segments_[i];
    if (!pattern.capture) continue;
    const auto taken = segments[i].size() - pattern.literal_bytes();
    out.key.values[next++].assign(segments[i], pattern.prefix.size(), taken);
  }
  const auto query = question == std::string_view::npos ? "" : target.substr(question + 1);
  if (!take_query(found, query, out)) return;
  if (auto fine = found.complete(out.key); !fine) {
    refuse(out, fine.error().detail);
    return;
  }
  // A value that changed (`lower`, `int`) may now spell the path of another page.
  if (respelled(found.segments_, segments, out.key) && !found.check_reachable(out.key)) return;
  found.canonical(out.key, out.canonical);
  out.what = page_match::outcome::found;
}

page_match site::find(std::string_view target) const {
  page_match out;
  find(target, out);
  return out;
}

const page_class* site::named(std::string_view name) const {
  const auto at = std::find_if(pages_.begin(), pages_.end(),
                               [name](const page_class& page) { return page.name() == name; });
  return at == pages_.end() ? nullptr : &*at;
}

std::vector<std::string_view> site::nearest(std::string_view target, std::size_t count) const {
  page_match asked;
  std::size_t depth = 0;
  target = target.substr(0, std::min(target.find('?'), std::size_t{512}));
  if (!target.starts_with('/') || !split_path(target.substr(1), asked, depth)) depth = 0;
  std::vector<std::pair<double, std::size_t>> scored;  // the lower, the better
  for (const auto& page : pages_) {
    const auto& pattern = page.segments_;
    double score = 0;
    for (std::size_t i = 0; i < std::min(depth, pattern.size()); ++i) {
      score += likeness(pattern[i], asked.scratch[i]);
    }
    const auto longest = static_cast<double>(std::max(depth, pattern.size()));
    scored.emplace_back(-score / longest, scored.size());
  }
  std::sort(scored.begin(), scored.end());
  std::vector<std::string_view> best;
  for (std::size_t i = 0; i < std::min(count, scored.size()); ++i) {
    best.push_back(pages_[scored[i].second].pattern());
  }
  return best;
}

}  // namespace freshet
