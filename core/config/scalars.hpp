#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/config/node.hpp"
#include "core/config/settings.hpp"
#include "core/result.hpp"

/// Single values. Each function takes the node and gives the value, or an error whose `detail` is
/// the message for people: "expected .., found ..".
namespace freshet::config {

/// `200ms`, `1.5s`, `10m`, `1h30m`; units ns us ms s m h d. "0" needs no unit. At most 10 years.
result<nanoseconds> parse_duration(std::string_view text);
/// `8KiB`, `32MiB`, `1.5GiB`, `10kB`, `512B`, `4096`: bytes; K, M, G alone are refused as
/// ambiguous.
result<std::size_t> parse_size(std::string_view text);
/// `50/s`, `30/m`, `1000/h`: events or calls a second.
result<double> parse_rate(std::string_view text);

result<std::string> to_text(const node& value);
result<std::string> to_filled_text(const node& value);  // not empty
result<bool> to_flag(const node& value);
result<std::int64_t> to_integer(const node& value);
result<std::uint32_t> to_count(const node& value);     // 0..1,000,000,000
result<std::uint32_t> to_positive(const node& value);  // from 1
result<nanoseconds> to_duration(const node& value);    // a string, or the number 0
result<nanoseconds> to_positive_duration(const node& value);
result<std::size_t> to_size(const node& value);  // a string, or a number of bytes
result<std::size_t> to_positive_size(const node& value);
result<double> to_rate(const node& value);  // a string, or a number a second
result<double> to_positive_rate(const node& value);
result<json::pointer> to_pointer(const node& value);
/// A pointer, or the name of a member: `status` is `/status`.
result<json::pointer> parse_member(std::string_view text);
result<topic_pattern> to_topic(const node& value);
result<std::string> to_scalar_text(const node& value);  // any scalar, as text

/// A whole number as text, or text in braces: one parameter, which is looked at where it is
/// compiled.
result<std::string> to_number_or_parameter(const node& value, std::int64_t low, std::int64_t high,
                                           std::string_view form);

/// "expected a duration such as \"10s\", found the number 5".
error unexpected(std::string_view expected, const node& found);

/// A name of a bus, upstream, page or parameter: letters, digits, `_`, `-`, at most 64 bytes.
bool is_name(std::string_view text);
inline constexpr std::string_view name_rule = "a name has letters, digits, `_` and `-`, at most 64";
/// The name of a header field (RFC 9110 5.6.2).
bool is_field_name(std::string_view text);
bool has_only_letters_digits_and(std::string_view more, std::string_view text);  // ASCII

}  // namespace freshet::config
