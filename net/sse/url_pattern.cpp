#include "net/sse/url_pattern.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace freshet::sse {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool url_pattern::step::takes(char c) const {
  switch (what) {
    case kind::literal:
      return c == byte;
    case kind::in_segment:
    case kind::segment_loop:
      return c != '/';
    case kind::any_loop:
      return true;
  }
  return false;
}

bool url_pattern::step::overlaps(const step& other) const {
  if (what == kind::literal) return other.takes(byte);
  if (other.what == kind::literal) return takes(other.byte);
  return true;  // both take at least every byte but '/'
}

result<url_pattern> url_pattern::parse(std::string_view text) {
  if (text.size() > bytes_max) {
    return fail(errc::out_of_range, "a pattern has at most 1024 bytes");
  }
  if (!text.starts_with('/') && !text.starts_with('*')) {
    return fail(errc::malformed, "a pattern begins with / or *");
  }
  url_pattern out;
  out.text_ = text;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i++];
    if (c == '*') {
      out.steps_.push_back({kind::any_loop, 0});
    } else if (c == ':') {
      const auto start = i;
      while (i < text.size() && is_name_byte(text[i])) ++i;
      if (i == start) return fail(errc::malformed, "a pattern's ':' needs a name, as in :package");
      out.steps_.push_back({kind::in_segment, 0});
      out.steps_.push_back({kind::segment_loop, 0});
    } else if (c <= ' ' || c >= '\x7f' || c == '?' || c == '#' || c == '{' || c == '}' ||
               c == '(') {
      return fail(errc::malformed, "a pattern is a path with :name and *, nothing else");
    } else {
      out.steps_.push_back({kind::literal, c});
    }
  }
  const auto literal = [](const step& s) { return s.what == kind::literal; };
  const auto stop = std::find_if_not(out.steps_.begin(), out.steps_.end(), literal);
  out.prefix_ = static_cast<std::size_t>(stop - out.steps_.begin());
  for (std::size_t i = out.prefix_; i < out.steps_.size() && i - out.prefix_ < 64; ++i)
    if (out.steps_[i].loops()) out.loops_ |= std::uint64_t{1} << (i - out.prefix_);
  return out;
}

/// A loop may be left without taking a byte.
void url_pattern::advance(state_set& states) const {
  for (std::size_t i = prefix_; i < steps_.size(); ++i) {
    if (states[i] && steps_[i].loops()) states[i + 1] = true;
  }
}

bool url_pattern::matches(std::string_view path) const {
  path = path.substr(0, path.find('?'));
  // The literal beginning is the text itself: most patterns are refused here.
  if (!path.starts_with(std::string_view(text_).substr(0, prefix_))) return false;
  if (prefix_ + 1 == steps_.size() && steps_.back().what == kind::any_loop) return true;
  path.remove_prefix(prefix_);
  state_set states;
  state_set next;
  states[prefix_] = true;
  advance(states);
  for (const char c : path) {
    next.reset();
    bool alive = false;
    for (std::size_t i = prefix_; i < steps_.size(); ++i) {
      if (!states[i] || !steps_[i].takes(c)) continue;
      next[steps_[i].loops() ? i : i + 1] = true;
      alive = true;
    }
    if (!alive) return false;
    advance(next);
    states = next;
  }
  return states[steps_.size()];
}

bool url_pattern::meets(const url_pattern& other) const {
  const auto width = other.steps_.size() + 1;
  std::vector<bool> seen((steps_.size() + 1) * width);
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, 0}};
  seen[0] = true;
  const auto visit = [&](std::size_t i, std::size_t j) {
    if (seen[i * width + j]) return;
    seen[i * width + j] = true;
    open.emplace_back(i, j);
  };
  while (!open.empty()) {
    const auto [i, j] = open.back();
    open.pop_back();
    const bool end_i = i == steps_.size();
    const bool end_j = j == other.steps_.size();
    if (end_i && end_j) return true;
    if (!end_i && steps_[i].loops()) visit(i + 1, j);
    if (!end_j && other.steps_[j].loops()) visit(i, j + 1);
    if (end_i || end_j || !steps_[i].overlaps(other.steps_[j])) continue;
    visit(steps_[i].loops() ? i : i + 1, other.steps_[j].loops() ? j : j + 1);
  }
  return false;
}

}  // namespace freshet::sse
