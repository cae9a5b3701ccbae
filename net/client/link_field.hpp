#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// The target of the first link whose `rel` names "next", as it is spelt; nothing when there is
/// none, or when the field cannot be read up to it. Links with an `anchor` are about something
/// else.
/// Source: RFC 8288, section 3 and appendix B.2.
std::optional<std::string> next_link(std::string_view field);

}  // namespace freshet
