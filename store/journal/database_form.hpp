#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "store/journal/database.hpp"

namespace freshet {

/// Whose file it is, its tables by version, and how it is used.
struct database_form {
  std::int64_t application_id = 0;
  /// What leads from each version to the next, from the empty file on; never changed once released.
  std::span<const char* const> steps;
  const char* manner = "";  // pragmas
};

/// Makes the tables in an empty file, or brings those of an earlier version up to date, in one
/// transaction.
///
/// Errors: foreign, newer, damaged (a file that has no version), and as database says. The file is
///         then as it was.
result<> bring_up_to_date(database& db, const database_form& form);

/// A file that is ours, with today's tables; `path` "" = in memory. Looked at before anything is
/// written: it may be somebody else's.
result<std::unique_ptr<database>> open_database(const std::string& path, const database_form& form);

struct database_extent {
  std::uint64_t bytes = 0;  // of all its pages
  std::uint64_t used = 0;   // without those that are free
};
result<database_extent> extent_of(database& db);

/// The same file will never do: what is in it contradicts itself, or is not ours.
bool makes_no_sense(const error& why);

/// Moves a file with its log to FILE.damaged-TIME; answers `why` and where it is. REQUIRES: nobody
/// has it open.
///
/// Errors: unusable, when it cannot be moved.
result<std::string> set_aside(const std::string& path, std::string_view why, wall_time now);

}  // namespace freshet
