#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/ingest/ingest.hpp"
#include "connectors/inspect/page_work.hpp"
#include "connectors/refresh/refresh_history.hpp"
#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"
#include "net/api/admin_port.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Everything that the admin listener may look at or ask for.
struct inspected {
  const config::settings& settings;
  page_store& store;
  const refresh_history& history;
  const ingest& events;
  const metrics& counts;
  const clock& time;
  std::vector<const guarded_upstream*> upstreams;  // by settings.upstreams; null = not started
  /// Streams that name this page, on all loops.
  std::function<std::size_t(std::string_view canonical)> subscribers;
  std::function<result<std::string>()> reload;
  /// A rebuild or purge has pages left: call tick() soon.
  std::function<void()> work;
};

/// The running server as the admin listener shows it, and the three things it may be told to do.
///
/// Shape:    times are RFC 3339 in UTC, absent ones null. pages() and patterns look at every known
///           page: about 2 ms per 10,000.
/// Errors:   as api::admin_port says.
/// Lifetime: everything in `inspected` outlives it.
/// Threads:  home loop only.
/// Source:   CONTRACT section 6.
class inspector final : public api::admin_port {
 public:
  explicit inspector(inspected of);

  /// The composition root says: everything listens now; and later: we are stopping.
  void started() { started_ = true; }
  void draining() { draining_ = true; }
  /// Goes on with rebuilds and purges of many pages; true while more are left.
  bool tick(mono_time now) { return work_.slice(now); }

  readiness ready() const override;
  std::string metrics() const override { return of_.counts.scrape(); }
  result<std::string> explain_page(std::string_view target) const override;
  result<std::string> explain_event(std::string_view event_id) const override;
  std::string pages() const override;
  std::string buses() const override;
  std::string upstreams() const override;
  std::string locker() const override;
  result<std::string> rebuild(std::string_view pattern) override;
  result<std::string> purge(std::string_view pattern, bool dry_run) override;
  result<std::string> reload() override;

 private:
  result<std::string> work_on(std::string_view pattern, page_work::kind what, bool dry_run);

  inspected of_;
  page_work work_;
  bool started_ = false;
  bool draining_ = false;
};

}  // namespace freshet
