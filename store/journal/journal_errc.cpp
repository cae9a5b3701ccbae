#include "store/journal/journal_errc.hpp"

#include <string>

namespace freshet {
namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "journal"; }
  std::string message(int value) const override {
    switch (static_cast<journal_errc>(value)) {
      case journal_errc::full:
        return "disk full";
      case journal_errc::io:
        return "input/output error";
      case journal_errc::unsynced:
        return "the disk did not confirm what was written";
      case journal_errc::damaged:
        return "damaged";
      case journal_errc::foreign:
        return "not a journal of freshet";
      case journal_errc::newer:
        return "written by a later version of freshet";
      case journal_errc::in_use:
        return "in use by another process";
      case journal_errc::unusable:
        return "unusable";
      case journal_errc::earlier:
        return "before the last restart";
    }
    return "unknown";
  }
};

}  // namespace

const boost::system::error_category& journal_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(journal_errc e) noexcept {
  return {static_cast<int>(e), journal_category()};
}

bool worth_another_try(const boost::system::error_code& code) noexcept {
  return code == journal_errc::full || code == journal_errc::io || code == journal_errc::in_use;
}

}  // namespace freshet
