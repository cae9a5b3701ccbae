#pragma once

#include <boost/system/error_code.hpp>

namespace freshet {

/// Why the journal could not do what it was asked.
enum class journal_errc {
  full = 1,  // no space for more: goes away when there is some
  io,        // reading or writing failed; may go away
  unsynced,  // the system cannot say any more what of the file is on the disk
  damaged,   // what the file holds contradicts itself
  foreign,   // not a journal of freshet
  newer,     // written by a later version of freshet
  in_use,    // another process has it
  unusable,  // cannot be opened, made or moved
  earlier,   // of a page's failure: it happened before the last restart
};
const boost::system::error_category& journal_category() noexcept;
boost::system::error_code make_error_code(journal_errc e) noexcept;
/// The same may work later on the same file.
bool worth_another_try(const boost::system::error_code& code) noexcept;

}  // namespace freshet

template <>
struct boost::system::is_error_code_enum<freshet::journal_errc> : std::true_type {};
