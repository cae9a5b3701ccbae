#include "core/json/wide_integers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace freshet::json {
namespace {

template <class T>
bool holds(std::string_view token) {
  T value = 0;
  const auto* const end = token.data() + token.size();
  const auto [stop, problem] = std::from_chars(token.data(), end, value);
  return problem == std::errc{} && stop == end;
}

}  // namespace

std::string_view next_number(std::string_view text, std::size_t& at) {
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1u : 0u;
      ++at;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const auto begin = at;
      at = std::min(text.find_first_not_of("+-.0123456789eE", begin), text.size());
      return text.substr(begin, at - begin);
    } else {
      ++at;
    }
  }
  return {};
}

bool is_wide_integer(std::string_view token) {
  constexpr std::size_t always_fits = 18;  // digits
  return token.size() > always_fits && token.find_first_of(".eE") == token.npos &&
         !holds<std::int64_t>(token) && !holds<std::uint64_t>(token);
}

bool widen_integers(std::string_view text, std::string& out) {
  out.clear();
  std::size_t at = 0, written = 0;
  for (auto token = next_number(text, at); !token.empty(); token = next_number(text, at)) {
    if (!is_wide_integer(token)) continue;
    out += text.substr(written, at - written);
    out += "e0";
    written = at;
  }
  if (written == 0) return false;
  out += text.substr(written);
  return true;
}

}  // namespace freshet::json
