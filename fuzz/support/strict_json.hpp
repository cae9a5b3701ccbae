#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::fuzz {

/// RFC 8259 as plain recursive descent, one byte at a time: the second opinion on simdjson. It does
/// not look at UTF-8.
///
/// Shape: gives up (not valid) beyond `levels_max`, so that it cannot overflow the stack itself.
class strict_json {
 public:
  static constexpr std::size_t levels_max = 2000;

  explicit strict_json(std::string_view text) : left_(text) {
    valid_ = space() && value() && space() && left_.empty();
  }

  bool valid() const { return valid_; }
  std::size_t depth() const { return deepest_; }
  bool beyond_64_bits() const { return beyond_; }  // an integer or a double without a place
  bool lone_surrogate() const { return lone_; }
  const std::vector<std::string_view>& numbers() const { return numbers_; }

 private:
  bool is(char c) const { return !left_.empty() && left_.front() == c; }
  bool digit() const { return !left_.empty() && left_.front() >= '0' && left_.front() <= '9'; }
  bool take(char c) {
    if (!is(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view text) {
    if (!left_.starts_with(text)) return false;
    left_.remove_prefix(text.size());
    return true;
  }
  bool space() {
    while (is(' ') || is('\t') || is('\r') || is('\n')) left_.remove_prefix(1);
    return true;
  }
  bool digits() {
    if (!digit()) return false;
    while (digit()) left_.remove_prefix(1);
    return true;
  }

  bool value() {
    if (is('{')) return object();
    if (is('[')) return array();
    if (is('"')) return string();
    return word("true") || word("false") || word("null") || number();
  }

  bool enter() {
    if (++level_ > deepest_) deepest_ = level_;
    left_.remove_prefix(1);
    return level_ <= levels_max && space();
  }
  bool leave() {
    --level_;
    return true;
  }

  bool object() {
    if (!enter()) return false;
    if (take('}')) return leave();
    do {
      if (!(space() && string() && space() && take(':') && space() && value() && space())) {
        return false;
      }
    } while (take(','));
    return take('}') && leave();
  }

  bool array() {
    if (!enter()) return false;
    if (take(']')) return leave();
    do {
      if (!(space() && value() && space())) return false;
    } while (take(','));
    return take(']') && leave();
  }

  bool hex4(unsigned& out) {
    if (left_.size() < 4) return false;
    const auto [end, bad] = std::from_chars(left_.data(), left_.data() + 4, out, 16);
    if (bad != std::errc{} || end != left_.data() + 4) return false;
    left_.remove_prefix(4);
    return true;
  }

  bool escape() {
    if (!take('u')) {
      if (left_.empty() || std::string_view("\"\\/bfnrt").find(left_.front()) == left_.npos) {
        return false;
      }
      left_.remove_prefix(1);
      return true;
    }
    unsigned unit = 0;
    if (!hex4(unit)) return false;
    if (unit >= 0xDC00 && unit < 0xE000) lone_ = true;
    if (unit < 0xD800 || unit >= 0xDC00) return true;
    unsigned low = 0;
    const auto before = left_;
    const bool pair = word("\\u") && hex4(low) && low >= 0xDC00 && low < 0xE000;
    if (pair) return true;
    left_ = before;
    lone_ = true;
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (!left_.empty()) {
      const char c = left_.front();
      if (static_cast<unsigned char>(c) < 0x20) return false;
      left_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool number() {
    const auto begin = left_;
    take('-');
    if (!take('0') && !digits()) return false;
    bool real = false;
    if (take('.')) {
      real = true;
      if (!digits()) return false;
    }
    if (take('e') || take('E')) {
      real = true;
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    const auto token = begin.substr(0, begin.size() - left_.size());
    numbers_.push_back(token);
    if (!fits(token, real)) beyond_ = true;
    return true;
  }

  static bool fits(std::string_view token, bool real) {
    const auto* end = token.data() + token.size();
    if (real) return std::isfinite(std::strtod(std::string(token).c_str(), nullptr));
    std::int64_t small = 0;
    std::uint64_t large = 0;
    return std::from_chars(token.data(), end, small).ec == std::errc{} ||
           (token.front() != '-' && std::from_chars(token.data(), end, large).ec == std::errc{});
  }

  std::string_view left_;
  std::vector<std::string_view> numbers_;
  std::size_t level_ = 0;
  std::size_t deepest_ = 0;
  bool beyond_ = false;
  bool lone_ = false;
  bool valid_ = false;
};

}  // namespace freshet::fuzz
