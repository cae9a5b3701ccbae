#pragma once

#include <array>
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

/// What a view says of its page without a new version: the value of `Freshness` (RFC 9651).
///
/// Shape:  `parts`: the `into` of each fetch, in the order of freshness::parts; they are named when
///         there are several and one is not fresh.
/// Source: CONTRACT.md section 4.
std::string fragment(const freshness& f, std::span<const std::string> parts = {});

/// The end of a hit's head: `Freshness`, `Cache-Status`, and the empty line. Borrows the fragment.
std::array<std::string_view, 3> hit_lines(std::string_view fragment);

/// The same for a visitor who had to wait.
std::string last_lines(const freshness& f, std::string_view status,
                       std::span<const std::string> parts = {});

/// What a fragment says, read from where fragment() writes it; fresh when it says nothing.
freshness_state state_in(std::string_view fragment);

}  // namespace freshet::api
