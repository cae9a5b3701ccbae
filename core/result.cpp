#include "core/result.hpp"

#include <stdexcept>

namespace freshet {
namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "freshet"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ok:
        return "success";
      case errc::malformed:
        return "malformed";
      case errc::out_of_range:
        return "out of range";
      case errc::missing:
        return "missing";
      case errc::duplicate:
        return "duplicate";
      case errc::timed_out:
        return "timed out";
      case errc::overloaded:
        return "overloaded";
      case errc::closed:
        return "closed";
      case errc::not_built_in:
        return "known, not built in";
    }
    return "unknown";
  }
};

}  // namespace

std::string error::text() const {
  if (detail.empty()) return code.message();
  return detail + " (" + code.message() + ")";
}

void throw_exception_from_error(const error& e, const boost::source_location& where) {
  throw std::logic_error("result without a value read at " + where.to_string() + ": " + e.text());
}

const boost::system::error_category& core_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), core_category()};
}

}  // namespace freshet
