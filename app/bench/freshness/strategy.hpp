#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "app/bench/freshness/world.hpp"

namespace freshet::app {

/// One way of keeping pages, in a world of its own.
///
/// Lifetime: the world outlives it, but is not gone on with afterwards.
class strategy {
 public:
  /// What the visitor was shown in the end; nothing = an error, or he gave up.
  using shown = std::function<void(std::optional<edition>)>;
  static constexpr std::chrono::seconds patience{10};  // of a visitor

  virtual ~strategy() = default;
  virtual std::string_view name() const = 0;
  /// A message, as the bus brings it.
  virtual void heard(const bus_message& message) = 0;
  virtual void visit(std::size_t page, shown then) = 0;
  /// What a visitor of this page would be shown now without waiting.
  virtual std::optional<edition> shows(std::size_t page) const = 0;
  /// With it he would be told that it may not be the newest.
  virtual bool warns(std::size_t /*page*/) const { return false; }
  /// When something is due by itself that is not on the world's agenda.
  virtual std::optional<mono_time> next_due() const { return std::nullopt; }
  /// After each step of the world.
  virtual void go_on() {}
};

}  // namespace freshet::app
