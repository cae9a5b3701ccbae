#pragma once

#include "net/sse/change_source.hpp"
#include "store/changes/change_log.hpp"

namespace freshet::app {

/// What a loop's streams read: the change log of the newest configuration.
///
/// Threads: its loop.
class current_changes final : public sse::change_source {
 public:
  explicit current_changes(const change_log* log) : log_(log) {}
  void set(const change_log* log) { log_ = log; }

  void since(sequence after, const visitor& visit) const override {
    for (const auto& each : log_->since(after))
      if (!visit(each)) return;
  }
  sequence newest() const override { return log_->last(); }
  sequence oldest_dropped() const override { return log_->dropped(); }
  std::uint64_t epoch() const override { return log_->epoch(); }

 private:
  const change_log* log_;
};

}  // namespace freshet::app
