#include "connectors/verify/canonical_message.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace freshet {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads and writes in one pass: members go to the end of `out_` as they come, and an object's end
/// puts its members into order.
class canonical_writer {
 public:
  explicit canonical_writer(std::string_view frame) : in_(frame) { out_.reserve(frame.size()); }

  canonical_message run() {
    if (!simdjson::validate_utf8(in_.data(), in_.size())) wrong_ = "json";
    spaces();
    if (wrong_.empty() && peek() != '{') wrong_ = "json";
    if (wrong_.empty() && value(1)) {
      spaces();
      if (at_ != in_.size()) wrong_ = "json";
    }
    found_.wrong = wrong_;
    if (wrong_.empty()) found_.bytes = std::move(out_);
    return std::move(found_);
  }

 private:
  struct member {
    std::string name;
    std::size_t begin, end;  // of `"name":value` in out_
  };

  char peek() const { return at_ < in_.size() ? in_[at_] : '\0'; }
  void spaces() {
    while (peek() == ' ') ++at_;
  }
  bool fault(std::string_view why) {
    wrong_ = why;
    return false;
  }
  bool take(char c) {
    if (peek() != c) return fault("json");
    ++at_;
    return true;
  }

  bool value(std::size_t depth) {
    if (depth > canonical_depth_max) return fault("too_deep");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return text(nullptr);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view is) {
    if (in_.substr(at_, is.size()) != is) return fault("json");
    at_ += is.size();
    out_ += is;
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return fault("json");
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    const auto begin = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    out_ += in_.substr(begin, at_ - begin);
    return true;
  }

  bool array(std::size_t depth) {
    out_ += in_[at_++];
    spaces();
    if (peek() != ']') {
      for (;;) {
        if (!value(depth + 1)) return false;
        spaces();
        if (peek() != ',') break;
        out_ += in_[at_++];
        spaces();
      }
    }
    out_ += ']';
    return take(']');
  }

  bool object(std::size_t depth) {
    ++at_;
    const auto begin = out_.size();
    std::vector<member> members;
    spaces();
    if (peek() != '}') {
      for (;;) {
        members.emplace_back();
        if (!one(members.back(), depth)) return false;
        spaces();
        if (peek() != ',') break;
        ++at_;
        spaces();
      }
    }
    return take('}') && in_order(members, begin, depth);
  }

  bool one(member& m, std::size_t depth) {
    m.begin = out_.size();
    if (peek() != '"' || !text(&m.name)) return fault("json");
    spaces();
    if (!take(':')) return false;
    spaces();
    out_ += ':';
    const auto begin = out_.size();
    if (depth == 1 && peek() == '"') {
      std::string said;
      if (!text(&said)) return false;
      note(m.name, std::move(said));
    } else if (!value(depth + 1)) {
      return false;
    }
    m.end = out_.size();
    if (depth == 1 && m.name == "timestamp" && (is_digit(out_[begin]) || out_[begin] == '-'))
      found_.timestamp = out_.substr(begin);
    return true;
  }

  void note(std::string_view name, std::string said) {
    if (name == "signature")
      found_.signature = std::move(said);
    else if (name == "certificate")
      found_.certificate = std::move(said);
    else if (name == "topic")
      found_.topic = std::move(said);
  }

  bool in_order(std::vector<member>& members, std::size_t begin, std::size_t depth) {
    const auto by_name = [](const member& a, const member& b) { return a.name < b.name; };
    std::sort(members.begin(), members.end(), by_name);
    const auto twice =
        std::adjacent_find(members.begin(), members.end(),
                           [](const member& a, const member& b) { return a.name == b.name; });
    if (twice != members.end()) return fault("duplicate_name");
    std::string sorted = "{";
    sorted.reserve(out_.size() - begin + members.size() + 2);
    for (const auto& m : members) {
      if (depth == 1 && (m.name == "signature" || m.name == "certificate")) continue;
      if (sorted.size() > 1) sorted += ',';
      sorted.append(out_, m.begin, m.end - m.begin);
    }
    sorted += '}';
    out_.replace(begin, std::string::npos, sorted);
    return true;
  }

  /// `said`, where there is one, gets the text in UTF-8. Names are compared as such, which is the
  /// order of code points, as in Python.
  bool text(std::string* said) {
    ++at_;
    out_ += '"';
    while (at_ < in_.size() && in_[at_] != '"') {
      const auto begin = at_;
      std::uint32_t point = 0;
      if (!character(point)) return fault("json");
      write(point);
      if (said == nullptr) continue;
      if (in_[begin] == '\\') {
        append_utf8(*said, point);
      } else {
        said->append(in_, begin, at_ - begin);
      }
    }
    out_ += '"';
    return take('"');
  }

  bool character(std::uint32_t& point) {
    const auto first = static_cast<unsigned char>(in_[at_]);
    if (first < 0x20) return false;
    if (first == '\\') return escape(point);
    const std::size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    point = more == 0 ? first : first & (0x3fu >> more);
    for (std::size_t i = 1; i <= more; ++i)  // valid UTF-8: they are there
      point = point << 6 | (static_cast<unsigned char>(in_[at_ + i]) & 0x3fu);
    at_ += more + 1;
    return true;
  }

  bool escape(std::uint32_t& point) {
    constexpr std::string_view letters = "\"\\/bfnrtu";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    const auto which = at_ + 1 < in_.size() ? letters.find(in_[at_ + 1]) : std::string_view::npos;
    if (which == std::string_view::npos) return false;
    at_ += 2;
    if (which < meant.size()) {
      point = static_cast<unsigned char>(meant[which]);
      return true;
    }
    if (!unit(point)) return false;
    if (point >= 0xdc00 && point < 0xe000) return false;
    if (point < 0xd800 || point >= 0xdc00) return true;
    std::uint32_t low = 0;
    if (in_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!unit(low) || low < 0xdc00 || low >= 0xe000) return false;
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }

  bool unit(std::uint32_t& value) {
    value = 0;
    if (in_.size() - at_ < 4) return false;
    for (int i = 0; i < 4; ++i) {
      const auto digit = hex_digits.find(in_[at_++]);
      if (digit == std::string_view::npos) return false;
      value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  static void append_utf8(std::string& to, std::uint32_t point) {
    const auto put = [&to](std::uint32_t byte) { to += static_cast<char>(byte); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
      put(0xc0 | point >> 6);
    } else if (point < 0x10000) {
      put(0xe0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3f));
    } else {
      put(0xf0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3f));
      put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
  }

  void write(std::uint32_t point) {
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    const auto which = point < 0x80 ? named.find(static_cast<char>(point)) : std::string_view::npos;
    if (which != std::string_view::npos) {
      out_ += '\\';
      out_ += letters[which];
    } else if (point >= 0x20 && point < 0x7f) {
      out_ += static_cast<char>(point);
    } else if (point < 0x10000) {
      write_unit(point);
    } else {
      write_unit(0xd800 + ((point - 0x10000) >> 10));
      write_unit(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }

  void write_unit(std::uint32_t unit) {
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += hex_digits[unit >> shift & 0xf];
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  std::string_view wrong_;
  canonical_message found_;
};

}  // namespace

canonical_message canonical_of(std::string_view frame) { return canonical_writer(frame).run(); }

}  // namespace freshet
