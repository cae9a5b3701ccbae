#include "core/config/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "core/text/distance.hpp"

namespace freshet::config {
namespace {

constexpr std::size_t excerpt_bytes_max = 160;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Words of the language that name no secret: `keys` of objects and of pages, and the pointer to an
/// event's headers.
void blank_own_words(std::string& low) {
  const auto is_word = [&](std::size_t at) {
    return at < low.size() &&
           (low[at] == '_' || low[at] == '-' || std::isalnum(static_cast<unsigned char>(low[at])));
  };
  for (const std::string_view own : {"keys", "/headers"})
    for (auto at = low.find(own); at != std::string::npos; at = low.find(own, at + 1))
      if (!is_word(at - 1) && !is_word(at + own.size()))
        low.replace(at, own.size(), std::string(own.size(), ' '));
}

bool may_hold_secret(std::string_view text) {
  static constexpr std::array<std::string_view, 9> words{
      "token", "secret", "passw", "authoriz", "headers", "cookie", "key", "credential", "@"};
  std::string low = lower(text);
  blank_own_words(low);
  return std::any_of(words.begin(), words.end(),
                     [&](auto word) { return low.find(word) != std::string::npos; });
}

/// The header `[a.b]` that governs the line which starts at `begin`.
std::string_view governing_header(std::string_view text, std::size_t begin) {
  while (begin > 0) {
    const std::size_t end = begin - 1;
    const std::size_t newline = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    begin = newline == std::string_view::npos ? 0 : newline + 1;
    const auto line = text.substr(begin, end - begin);
    const auto first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos && line[first] == '[') return line;
  }
  return {};
}

/// The line a problem stands on. Where a secret may stand its characters become `*`, one for one,
/// so that the caret still points at the place.
std::string excerpt(const document& in, std::uint32_t line, std::string_view key) {
  const std::string_view text = in.text;
  std::size_t begin = 0;
  for (std::uint32_t at = 1; at < line; ++at) {
    const auto newline = text.find('\n', begin);
    if (newline == std::string_view::npos) return {};
    begin = newline + 1;
  }
  std::string_view row = text.substr(begin, text.find('\n', begin) - begin);
  if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
  std::string out(row);
  if (may_hold_secret(row) || may_hold_secret(key) ||
      may_hold_secret(governing_header(text, begin))) {
    const auto equals = out.find('=');
    // A line without `=` may be the middle of a list or of a long string.
    for (std::size_t i = equals == std::string::npos ? 0 : equals + 1; i < out.size(); ++i) {
      const auto byte = static_cast<unsigned char>(out[i]);
      if (byte > ' ' && byte < 0x80) out[i] = '*';
      if (byte >= 0x80) out[i] = (byte & 0xC0U) == 0x80U ? '\x01' : '*';
    }
    std::erase(out, '\x01');
  }
  if (out.size() > excerpt_bytes_max) return {};
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return out;
}

}  // namespace

void problems::push(diagnostic d) {
  if (found_.size() >= problems_max) {
    more_ = true;
    return;
  }
  if (std::find(files_.begin(), files_.end(), d.where.file) == files_.end()) {
    files_.push_back(d.where.file);
  }
  found_.push_back(std::move(d));
}

void problems::add(const source& at, std::string key, std::string message, std::string hint) {
  diagnostic d;
  if (at.in) {
    d.excerpt = excerpt(*at.in, at.line, key);
    d.where = {at.in->name, at.line, at.column, std::move(key)};
  } else {
    d.where.key = at.name.empty() ? std::move(key) : at.name;
  }
  d.message = std::move(message);
  d.hint = std::move(hint);
  push(std::move(d));
}

void problems::add_not_built_in(const source& at, std::string key, std::string hint) {
  const std::size_t before = found_.size();
  add(at, std::move(key), "known, not built in", std::move(hint));
  if (found_.size() > before) found_.back().not_built_in = true;
}

void problems::add_file(std::string file, std::string message, std::string hint) {
  diagnostic d;
  d.where.file = std::move(file);
  d.message = std::move(message);
  d.hint = std::move(hint);
  push(std::move(d));
}

std::vector<diagnostic> problems::take() {
  const auto rank = [this](const diagnostic& d) {
    return std::find(files_.begin(), files_.end(), d.where.file) - files_.begin();
  };
  std::vector<std::size_t> order(found_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    const auto& a = found_[left];
    const auto& b = found_[right];
    return std::tuple(rank(a), a.where.line, a.where.column, left) <
           std::tuple(rank(b), b.where.line, b.where.column, right);
  });
  std::vector<diagnostic> sorted;
  for (const std::size_t i : order) sorted.push_back(std::move(found_[i]));
  if (more_) {
    diagnostic d;
    d.message = "more problems were found and are not listed";
    sorted.push_back(std::move(d));
  }
  return sorted;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  nearest_name nearest(name);
  for (const auto& word : known) nearest.offer(word);
  const auto best = nearest.best();
  return best ? fmt::format("did you mean `{}`?", *best) : std::string();
}

}  // namespace freshet::config
