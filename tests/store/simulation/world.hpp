#pragma once

#include <array>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "store/changes/change_log.hpp"
#include "store/index/page_marks.hpp"

namespace freshet::test {

/// A small world under one virtual clock: an upstream whose state changes, a bus that drops,
/// duplicates, reorders and lags, a refresher that errs, dies and answers late, and a subscriber
/// that is cut. Everything follows from the seed. The upstream answers with its state at the time
/// of the request. After `faults_for` the world is healthy and must come to rest.
class world {
 public:
  explicit world(std::uint64_t seed);
  /// What went wrong, or "".
  std::string run();

 private:
  static constexpr page_ref pages = 8;  // even: one part, shows bugs; odd: two parts
  static constexpr unsigned bugs = 4;

  struct flight {
    claim what;
    std::array<std::uint64_t, 2> asked_at{};  // step
    std::array<std::string, 2> body;
    std::vector<std::string> shown;
  };
  struct seen_page {  // the simple model of one page
    bool running = false;
    claim_token token;
    sequence want = 0;
    sequence version = 0;
    sequence have = 0;
    std::array<sequence, 2> eager{};  // the newest mark of each part that nobody has to ask for
    std::array<std::string, 2> body;
    std::vector<std::string> shown;
    sequence told = 0;
  };
  struct step {
    mono_time at;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const step& o) const { return at != o.at ? at > o.at : order > o.order; }
  };

  std::int64_t dice(std::uint64_t n) { return static_cast<std::int64_t>(random_() % n); }
  bool chance(unsigned percent) { return dice(100) < percent; }
  bool healthy() const { return now_ >= faults_end_; }
  void later(std::chrono::nanoseconds in, std::function<void()> act);
  void require(bool holds, const char* what, page_ref page = no_page);

  static class_id class_of(page_ref p) { return static_cast<class_id>(p % 2); }
  static bool watched(page_ref p) { return p % 3 == 0; }
  static std::string name(page_ref p) { return "p" + std::to_string(p); }
  std::string truth(page_ref p, unsigned part) const;
  std::vector<std::string> truth_shown(page_ref p) const;

  void plan();
  void change_something();
  void emit(class_id of, dimension_mask bound, const std::string& value, part_mask parts);
  void deliver(class_id of, dimension_mask bound, const std::string& value,
               const mark_request& what);
  void gap(class_id of);
  void purge(page_ref p);
  void know(page_ref p, sequence version);
  void visit(page_ref p);
  void pump();
  void begin(claim c);
  void end(const flight& f);
  void commit(const flight& f, part_mask bad);
  void read_changes(std::size_t at_most);
  void at_rest();
  void sweep();

  std::mt19937_64 random_;
  mono_time now_{std::chrono::hours{1}};
  mono_time faults_end_;
  std::uint64_t steps_ = 0;
  std::uint64_t orders_ = 0;
  std::priority_queue<step> agenda_;
  std::string wrong_;
  bool early_ = false;  // messages may come before their data; seen to by re-reads and the sweep

  std::array<std::array<int, 2>, pages> value_{};
  std::array<unsigned, pages> shows_{};  // bit n: bug n
  std::array<int, bugs> bug_{};
  std::array<bool, 2> down_{};

  dependency_index index_;
  ledger book_;
  page_marks marks_;
  change_log changes_{1};
  std::array<seen_page, pages> model_;
  std::map<sequence, std::uint64_t> arrived_;  // step of each mark
  std::array<unsigned, 2> flying_{};
  sequence told_ = 0;
};

}  // namespace freshet::test
