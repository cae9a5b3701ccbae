#include "core/select/glob.hpp"

namespace freshet {

result<glob> glob::parse(std::string_view pattern) {
  if (pattern.size() > bytes_max) return fail(errc::out_of_range, "a glob has at most 1024 bytes");
  glob parsed;
  parsed.pattern_ = pattern;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool takes = pattern.substr(i, 2) == "{}";
    if (!takes && pattern[i] != '*') {
      parsed.literals_.back() += pattern[i];
      continue;
    }
    if (takes) {
      if (parsed.taken_) return fail(errc::malformed, "a glob takes one part only: a second {}");
      parsed.taken_ = parsed.literals_.size() - 1;
      ++i;
    }
    parsed.literals_.emplace_back();
  }
  return parsed;
}

/// The literals are looked for from the right, each as far right as possible. That gives every one
/// of them its last possible place at once, and so every wildcard, from the left, its longest.
bool glob::walk(std::string_view text, std::string_view& taken) const {
  const std::string& first = literals_.front();
  if (literals_.size() == 1) {
    taken = text;
    return text == first;
  }
  const std::string& last = literals_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) ||
      !text.ends_with(last)) {
    return false;
  }
  const std::string_view middle =
      text.substr(first.size(), text.size() - first.size() - last.size());
  taken = text;
  std::size_t end = middle.size();  // where the wildcard behind literals_[i] ends
  for (std::size_t i = literals_.size() - 1; i-- > 0;) {
    const std::string_view left = middle.substr(0, end);
    std::size_t place = 0;
    std::size_t begin = 0;
    if (i > 0) {
      place = left.rfind(literals_[i]);
      if (place == std::string_view::npos) return false;
      begin = place + literals_[i].size();
    }
    if (taken_ == i) taken = middle.substr(begin, end - begin);
    end = place;
  }
  return true;
}

bool glob::matches(std::string_view text) const {
  std::string_view taken;
  return walk(text, taken);
}

std::optional<std::string_view> glob::take(std::string_view text) const {
  std::string_view taken;
  if (!walk(text, taken)) return std::nullopt;
  return taken;
}

}  // namespace freshet
