#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/inspect/bus_state.hpp"
#include "connectors/inspect/inspected.hpp"
#include "connectors/inspect/page_census.hpp"
#include "connectors/inspect/page_work.hpp"
#include "core/json/writer.hpp"
#include "net/api/admin_port.hpp"

namespace freshet {

/// The running server as the admin listener shows it, and the three things it may be told to do.
///
/// Shape:    times are RFC 3339 in UTC, absent ones null. A pattern is compared with every known
///           page in one go; the work it asks for, and the counts of many pages, are done by
///           tick().
/// Errors:   as api::admin_port says.
/// Lifetime: everything in `inspected` outlives it; it outlives the scrapes of freshet_pages.
/// Threads:  home loop only.
/// Source:   CONTRACT section 6.
class inspector final : public api::admin_port {
 public:
  explicit inspector(inspected of);

  /// The composition root says: everything listens now; and later: we are stopping.
  void started() { started_ = true; }
  void draining() { draining_ = true; }
  /// Goes on with what is too much for one turn; true while more is left.
  bool tick(mono_time now);

  readiness ready() const override;
  std::string metrics() const override { return of_.counts.scrape(); }
  result<std::string> explain_page(std::string_view target) const override;
  result<std::string> explain_event(std::string_view event_id) const override;
  std::string pages() const override;
  std::string buses() const override;
  std::string upstreams() const override;
  std::string locker() const override;
  result<std::string> locked(std::uint64_t number) const override;
  result<std::string> replay_locked(std::optional<std::uint64_t> number) override;
  result<std::string> drop_locked(std::optional<std::uint64_t> number) override;
  result<std::string> rebuild(std::string_view pattern) override;
  result<std::string> purge(std::string_view pattern, bool dry_run) override;
  result<std::string> reload() override;

 private:
  void register_gauges();
  void register_bus_gauges();
  bus_state state_of(std::size_t bus) const;
  void write_parked(json::writer& w, const page_tally& t) const;
  /// What a pattern names: the pages, and the pattern itself when it is one.
  struct target {
    std::optional<sse::url_pattern> pattern;
    std::vector<page_ref> pages;
    page_match one;  // found when the text is a single page
  };
  result<target> resolve(std::string_view text) const;
  result<page_ref> make_known(const page_match& one);
  result<void> do_all(target t, page_work::kind what);
  void write_paths(json::writer& w, const std::vector<page_ref>& pages) const;

  inspected of_;
  std::vector<std::vector<bool>> reach_;  // by bus, by class
  page_work work_;
  mutable page_census census_;
  bool started_ = false;
  bool draining_ = false;
};

}  // namespace freshet
