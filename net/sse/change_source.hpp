#pragma once

#include <functional>

#include "store/change.hpp"

namespace freshet::sse {

/// What the hub needs of the compacted change log: each page once, at its newest change.
///
/// Shape:   a position p can be resumed when p >= oldest_dropped() and p <= newest(): a change that
///          was replaced by a newer one of its page is not dropped, a page that left the log is.
/// Threads: the hub's own loop.
class change_source {
 public:
  /// False = enough.
  using visitor = std::function<bool(const change_ptr&)>;

  virtual ~change_source() = default;
  /// Visits the changes with a sequence above `after`, ascending.
  virtual void since(sequence after, const visitor& visit) const = 0;
  virtual sequence newest() const = 0;
  virtual sequence oldest_dropped() const = 0;
  virtual std::uint64_t epoch() const = 0;
};

}  // namespace freshet::sse
