#include "connectors/schedule/failure_sentence.hpp"

#include <fmt/format.h>

#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

std::string_view what_happened(const boost::system::error_code& code) {
  if (code == client_errc::unreachable) return "cannot be reached";
  if (code == client_errc::tls) return "cannot be trusted: its TLS connection failed";
  if (code == client_errc::timed_out || code == errc::timed_out) return "did not answer in time";
  if (code == client_errc::protocol) return "sent something that is not HTTP";
  if (code == client_errc::too_large || code == errc::out_of_range) return "sent too much";
  if (code == client_errc::encoding) return "sent a body that cannot be unpacked";
  if (code == client_errc::breaker_open) return "fails too often and is left alone for a while";
  if (code == client_errc::overloaded || code == errc::overloaded)
    return "is asked as often as its limits allow";
  if (code == client_errc::fault) return "answered that it cannot";
  if (code == errc::malformed) return "sent a document that this page does not accept";
  return "could not be asked";
}

}  // namespace

std::string failure_sentence(std::string_view upstream, const error& why) {
  if (const auto status = status_of(why.code); status != 0)
    return fmt::format("The upstream \"{}\" answered {}.", upstream, status);
  return fmt::format("The upstream \"{}\" {}.", upstream, what_happened(why.code));
}

}  // namespace freshet
