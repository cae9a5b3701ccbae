#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet {

/// A UUID of version 4 out of 128 random bits: what Fedora's broker wants a queue to be called.
///
/// Source: RFC 9562 section 5.4.
std::string uuid_from(std::uint64_t high, std::uint64_t low);
/// One that nobody had before.
std::string new_queue_name();
/// Whether uuid_from() could have written it.
bool is_queue_name(std::string_view text);

}  // namespace freshet
