#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/ledger/freshness.hpp"

namespace freshet::api {

/// What Cache-Status says behind `freshet; ` (RFC 9211).
namespace cache_status {
inline constexpr std::string_view hit = "hit";
inline constexpr std::string_view stored = "fwd=miss; stored";        // who caused the refresh
inline constexpr std::string_view collapsed = "fwd=miss; collapsed";  // who joined it
inline constexpr std::string_view passed = "fwd=miss";                // `store = false`
}  // namespace cache_status

/// The lines of a view's head that change without a new version: `Freshness` (RFC 9651),
/// `Cache-Status`, and the empty line that ends the head.
///
/// Shape:  `parts`: the `into` of each fetch, in the order of freshness::parts; they are named when
///         there are several and one is not fresh.
/// Source: CONTRACT.md section 4.
std::string fragment(const freshness& f, std::string_view status = cache_status::hit,
                     std::span<const std::string> parts = {});

/// What a fragment says, read from where fragment() writes it; fresh when it says nothing.
freshness_state state_in(std::string_view fragment);

}  // namespace freshet::api
