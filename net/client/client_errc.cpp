#include "net/client/client_errc.hpp"

#include <algorithm>
#include <string>

namespace freshet {
namespace {

// 1..99 client_errc; else status + 1000 x Retry-After, below 86,401,000.
class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "upstream"; }
  std::string message(int value) const override {
    if (value >= 100) return "status " + std::to_string(value % 1000);
    switch (static_cast<client_errc>(value)) {
      case client_errc::unreachable:
        return "unreachable";
      case client_errc::tls:
        return "TLS failed";
      case client_errc::timed_out:
        return "timed out";
      case client_errc::protocol:
        return "broken HTTP";
      case client_errc::too_large:
        return "too large";
      case client_errc::encoding:
        return "broken content coding";
      case client_errc::breaker_open:
        return "breaker open";
      case client_errc::overloaded:
        return "no permit in time";
      case client_errc::ask_alone:
        return "not answered together with others";
      case client_errc::fault:
        return "fault";
    }
    return "unknown";
  }
};

}  // namespace

const boost::system::error_category& client_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(client_errc e) noexcept {
  return {static_cast<int>(e), client_category()};
}

boost::system::error_code status_error(unsigned status, std::chrono::seconds retry_after) {
  const auto wait = std::clamp<std::int64_t>(retry_after.count(), 0, 86'400);
  return {static_cast<int>(status % 1000) + 1000 * static_cast<int>(wait), client_category()};
}

unsigned status_of(const boost::system::error_code& code) {
  if (code.category() != client_category() || code.value() < 100) return 0;
  return static_cast<unsigned>(code.value() % 1000);
}

std::chrono::seconds retry_after_of(const boost::system::error_code& code) {
  if (status_of(code) == 0) return {};
  return std::chrono::seconds(code.value() / 1000);
}

}  // namespace freshet
