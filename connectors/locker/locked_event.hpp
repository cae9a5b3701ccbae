#pragma once

#include <cstdint>

#include "store/journal/locked_event.hpp"

namespace freshet {

/// Keeps what the locker holds beyond this process.
///
/// Lifetime: outlives the locker.
/// Threads:  home loop only; neither may call the locker.
class locker_keeper {
 public:
  virtual ~locker_keeper() = default;
  /// New, or changed.
  virtual void kept(const locked_event& one) = 0;
  virtual void gone(std::uint64_t number) = 0;
};

}  // namespace freshet
