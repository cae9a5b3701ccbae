#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "connectors/rules/rule_table.hpp"
#include "core/observe/log.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// A sweep found another content than what was served.
struct drift {
  page_ref page = no_page;
  class_id of = 0;
  freshness_state said = freshness_state::fresh;  // of itself, before
  part_mask parts = 0;                            // that differ
  sequence want = 0;                              // the page's, when it was repaired
  mono_time at{};
  wall_time when{};
};

/// Pages that were wrong until a sweep came by, and which rule should have caught it.
///
/// Shape:    a change whose event comes within `settle` was no drift: the sweep was only sooner.
///           The newest `shown_max` of a class are kept; at most `waiting_max` wait for that
///           verdict, beyond which the oldest has it at once.
/// Lifetime: everything given outlives it.
/// Threads:  home loop only.
class drift_book {
 public:
  static constexpr std::size_t shown_max = 20;
  static constexpr std::size_t waiting_max = 4096;

  struct case_shown {
    std::string path;
    wall_time when{};
    std::vector<std::string> parts;  // that differed; empty = the page is one piece
    bool unverified = false;         // it had said that it may have missed events
  };
  struct suspect_rule {
    std::uint32_t rule = 0;
    std::uint64_t pages = 0;  // wrong ones that it might have caught
  };
  struct class_report {
    std::uint64_t wrong = 0;          // while it was called fresh
    std::uint64_t unverified = 0;     // and said so
    std::vector<suspect_rule> rules;  // of the wrong ones
    std::deque<case_shown> newest;
  };

  drift_book(const config::settings& settings, const page_store& store, const rule_table& rules,
             metrics& m);

  void found(const drift& one);
  /// Judges those that waited long enough.
  void tick(mono_time now);
  const class_report& of(class_id page) const { return classes_[page]; }
  const rule_table& rules() const { return rules_; }

 private:
  /// By path: by the time of the verdict another page may have the number.
  struct waiting {
    drift what;
    std::string path;
  };
  bool event_came(const waiting& one) const;
  void settle(const waiting& one, mono_time now);
  void blame(const drift& one, class_report& report, mono_time now);

  const config::settings& settings_;
  const page_store& store_;
  const rule_table& rules_;
  std::vector<class_report> classes_;
  std::vector<counter*> wrong_, unverified_;  // by class
  std::vector<counter*> by_rule_;             // null: of a tag
  counter& unruled_;
  std::deque<waiting> waiting_;
  rate_limit complaints_;
};

/// The parts whose bytes differ; all of a page that is one piece.
part_mask parts_that_differ(const config::page_settings& page, std::string_view before,
                            std::string_view now);

}  // namespace freshet
