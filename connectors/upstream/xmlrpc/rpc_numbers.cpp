#include "connectors/upstream/xmlrpc/rpc_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace freshet::xmlrpc {
namespace {

constexpr std::size_t digits_max = 400;

/// As many digits as stand at the front; they leave `text`.
std::string_view take_digits(std::string_view& text) {
  const auto end = text.find_first_not_of("0123456789");
  const auto digits = text.substr(0, end);
  text.remove_prefix(digits.size());
  return digits;
}

bool take_minus(std::string_view& text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  return minus;
}

std::string_view without_zeros(std::string_view digits) {
  const auto first = digits.find_first_not_of('0');
  if (digits.empty()) return "0";
  return first == std::string_view::npos ? std::string_view("0") : digits.substr(first);
}

bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<std::string> json_integer(std::string_view text) {
  text = trimmed(text);
  if (text.size() > digits_max) return {};
  const bool minus = take_minus(text);
  const auto digits = take_digits(text);
  if (digits.empty() || !text.empty()) return {};
  const auto plain = without_zeros(digits);
  std::uint64_t value = 0;
  const auto read = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  constexpr auto lowest = std::uint64_t{1} << 63;  // without its sign
  if (read.ec != std::errc{} || (minus && value > lowest)) return {};
  return (minus && plain != "0" ? "-" : "") + std::string(plain);
}

std::optional<std::string> json_double(std::string_view text) {
  text = trimmed(text);
  if (text.size() > digits_max) return {};
  const bool minus = take_minus(text);
  for (const std::string_view word : {"nan", "inf", "infinity"})
    if (is_word(text, word)) return "null";
  const auto whole = take_digits(text);
  std::string out = (minus ? "-" : "") + std::string(without_zeros(whole));
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    out += "." + (fraction.empty() ? "0" : std::string(fraction));
  }
  if (whole.empty() && fraction.empty()) return {};
  if (!text.empty() && (text[0] | 0x20) == 'e') {
    out += text[0];
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) {
      out += text[0];
      text.remove_prefix(1);
    }
    const auto power = take_digits(text);
    if (power.empty()) return {};
    out += power;
  }
  if (!text.empty()) return {};
  return std::isfinite(std::strtod(out.c_str(), nullptr)) ? out : "null";
}

}  // namespace freshet::xmlrpc
