#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace freshet {

/// Why an operation that the outside world can spoil did not succeed.
///
/// Shape:    `code` is for programs, `detail` for people (may be empty): what, where, what was
///           expected.
/// Lifetime: a value; owns its text.
struct error {
  boost::system::error_code code;
  std::string detail;

  error() = default;
  error(boost::system::error_code c, std::string d = {}) : code(c), detail(std::move(d)) {}

  /// "detail (category: message)", or the message alone.
  std::string text() const;
};

/// A T, or why there is none. Exceptions are for bugs and for memory only.
template <class T = void>
using result = boost::system::result<T, error>;

/// Called by result::value() on an error: a bug of the caller.
[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

/// Errors of core: text that does not parse, limits passed, time that ran out.
enum class errc {
  ok = 0,
  malformed,     // the text does not have the shape that was asked for
  out_of_range,  // a number or length beyond its limit
  missing,       // something named does not exist
  duplicate,     // something that must be unique stands twice
  timed_out,     // the deadline passed first
  overloaded,    // a bound was reached; try again later
  closed,        // the other side or we ourselves are stopping
  not_built_in,  // a reserved name: known, but this version does not have it
};
const boost::system::error_category& core_category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;

/// `return fail(errc::malformed, "expected a number")`.
inline error fail(errc code, std::string detail = {}) {
  return {make_error_code(code), std::move(detail)};
}

}  // namespace freshet

template <>
struct boost::system::is_error_code_enum<freshet::errc> : std::true_type {};
