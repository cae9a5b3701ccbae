#pragma once

#include <amqp.h>

#include <string>
#include <string_view>

namespace freshet {

/// The bytes of the library's text; "" when it has none.
inline std::string_view view_of(const amqp_bytes_t& bytes) {
  return bytes.bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes.bytes), bytes.len);
}

/// Writes an AMQP field table as a JSON object behind what stands in `out`.
///
/// Shape:  whole numbers and booleans as they are; floating ones in their shortest text, null when
///         not finite; decimals exactly; timestamps as seconds; texts and bytes as strings, U+FFFD
///         for what is not UTF-8; void is null; tables and arrays are objects and arrays.
/// Errors: false when it is deeper than `table_depth_max` or has a kind that AMQP does not know;
///         what was appended is then of no use.
/// Source: AMQP 0-9-1 section 4.2.5.5, with RabbitMQ's errata for the kinds.
inline constexpr int table_depth_max = 32;
bool append_table(std::string& out, const amqp_table_t& table);

}  // namespace freshet
