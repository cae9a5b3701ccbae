#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::json {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
/// what we write can always be read back.
void append_string(std::string& out, std::string_view text);

/// Writes JSON behind what already stands in a string; commas and colons come by themselves.
///
///   json::writer w(out);
///   w.begin_object().key("name").string("guake").key("rows").raw(slice).end_object();
///
/// Shape:    compact, one line (no raw control character, so it may be an SSE data line unless
///           raw() brought one). Order and balance are the caller's: wrong ones write wrong JSON.
/// Lifetime: borrows the string.
class writer {
 public:
  explicit writer(std::string& out) : out_(out) {}

  writer& begin_object() { return open('{'); }
  writer& end_object() { return close('}'); }
  writer& begin_array() { return open('['); }
  writer& end_array() { return close(']'); }
  writer& key(std::string_view name);
  writer& string(std::string_view text);
  writer& number(std::signed_integral auto value) { return signed_number(value); }
  writer& number(std::unsigned_integral auto value) { return unsigned_number(value); }
  writer& number(double value);  // the shortest text that reads back; null if it is not finite
  writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  writer& null() { return raw("null"); }
  /// A value that is JSON already. REQUIRES: it is valid.
  writer& raw(std::string_view json);

 private:
  writer& open(char bracket);
  writer& close(char bracket);
  writer& signed_number(std::int64_t value);
  writer& unsigned_number(std::uint64_t value);
  void separate();

  std::string& out_;
  bool comma_ = false;  // a value stands before the next one
};

}  // namespace freshet::json
