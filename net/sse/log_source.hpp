#pragma once

#include "net/sse/change_source.hpp"
#include "store/changes/change_log.hpp"

namespace freshet::sse {

/// The store's change log as the hub sees it. Lifetime: the log outlives it.
class log_source final : public change_source {
 public:
  explicit log_source(const change_log& log) : log_(log) {}

  void since(sequence after, const visitor& visit) const override {
    for (const auto& c : log_.since(after)) {
      if (!visit(c)) return;
    }
  }
  sequence newest() const override { return log_.last(); }
  sequence oldest_dropped() const override { return log_.dropped(); }
  std::uint64_t epoch() const override { return log_.epoch(); }

 private:
  const change_log& log_;
};

}  // namespace freshet::sse
