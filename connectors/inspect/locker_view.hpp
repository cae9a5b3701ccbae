#pragma once

#include <functional>
#include <optional>
#include <string>

#include "connectors/locker/locker.hpp"
#include "core/result.hpp"

namespace freshet {

/// The locker as JSON, and what people do with it.
///
/// Shape:    the list shows the first `shown_bytes` of each message; one event is shown whole.
/// Errors:   missing: a number that is not there.
/// Lifetime: borrows the locker.
/// Threads:  home loop only.
class locker_view {
 public:
  static constexpr std::size_t shown_bytes = 512;
  /// Hands an event to its bus once more; false when it is in the locker again.
  using giver = std::function<bool(locked_event event)>;

  explicit locker_view(locker& of) : of_(of) {}

  std::string list() const;
  result<std::string> one(std::uint64_t number) const;
  result<std::string> replay(std::optional<std::uint64_t> number, const giver& give);
  result<std::string> drop(std::optional<std::uint64_t> number);

 private:
  result<std::vector<std::uint64_t>> chosen(std::optional<std::uint64_t> number) const;

  locker& of_;
};

}  // namespace freshet
