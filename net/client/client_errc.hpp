#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>

namespace freshet {

/// Why a call to another system gave no answer.
enum class client_errc {
  unreachable = 1,  // no address, refused, reset, closed before the answer
  tls,              // the handshake or the certificate
  timed_out,        // connect or total limit
  protocol,         // not HTTP as we accept it
  too_large,        // head, body or chunk extensions beyond their bounds
  encoding,         // gzip that is broken, too dense, or another coding
  breaker_open,     // not asked: the upstream failed too often
  overloaded,       // not asked: no permit in time
  ask_alone,        // not answered together with others
  fault,            // a complete answer that says no: an XML-RPC fault, a program's exit code
};
const boost::system::error_category& client_category() noexcept;
boost::system::error_code make_error_code(client_errc e) noexcept;

/// A complete answer with a status that is no success. The code carries the status and Retry-After
/// (whole seconds, at most a day), so that an error stays a code and a text.
boost::system::error_code status_error(unsigned status, std::chrono::seconds retry_after = {});
/// 0 when the error is not a status.
unsigned status_of(const boost::system::error_code& code);
std::chrono::seconds retry_after_of(const boost::system::error_code& code);

}  // namespace freshet

template <>
struct boost::system::is_error_code_enum<freshet::client_errc> : std::true_type {};
