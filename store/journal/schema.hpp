#pragma once

#include <cstdint>
#include <span>

namespace freshet {

/// The journal's tables, and how those of earlier versions become today's.
///
///   meta    the epoch and how far its numbers go; whether the last run ended well
///   page    a row per page that was built or gave trouble: all but the body
///   body    the bytes of a page's version, compressed
///   gone    the change records of pages that are not known any more
///   cursor  how far each bus was read
///   doubt   since when a class's pages may have missed events
///   locked  the events that a decoder or a rule choked on
///
/// A row's `id` is given once and never again, so it names the same page for ever.
namespace schema {

inline constexpr std::int64_t application_id = 0x66726573;  // "fres"
inline constexpr std::int64_t version = 3;

/// What leads from each version to the next, from the empty file on.
std::span<const char* const> steps();

}  // namespace schema
}  // namespace freshet
