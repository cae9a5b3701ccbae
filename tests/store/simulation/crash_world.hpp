#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "core/simulation/agenda.hpp"
#include "core/simulation/dice.hpp"
#include "store/journal/next_run.hpp"
#include "store/journal/page_saver.hpp"
#include "tests/store/simulation/disk.hpp"

namespace freshet::test {

/// Runs of a whole home that follow each other on one journal: each ends well, or is killed at any
/// moment, also while a transaction is written; clocks may be wrong after that. The store, the
/// notes, the batches and the way back from them are the product's; bus, upstream and disk are
/// simulated. Nothing is remembered from run to run but what the journal has.
///
/// The bus numbers its messages. In most worlds it has a history, out of which holes are closed and
/// a run goes on where the one before stood; in the others a hole puts every page in doubt.
///
/// In some worlds messages come before their data. Floors and re-reads see to most of that; what
/// two changes at once hide from them the sweep finds.
///
/// Shape: after some seconds nothing fails or ends any more; then everything must come to rest, and
///        right. At any time a page that says `fresh` was asked for after each message about it
///        that ever arrived, and after each that was published before this run began.
class crash_world {
 public:
  /// What follows from the journal's own file follows from a model of it, too.
  crash_world(std::uint64_t seed, std::unique_ptr<disk> on);
  ~crash_world();
  /// What went wrong, or "".
  std::string run();

  unsigned crashes() const { return crashes_; }
  unsigned clean_ends() const { return clean_ends_; }

 private:
  static constexpr unsigned pages = 6;  // even: one part, shows bugs; odd: two parts
  static constexpr unsigned bugs = 3;
  static constexpr unsigned parts_max = 2;

  struct message {
    class_id of = 0;
    dimension_mask bound = 0;  // 0 = the whole class
    std::string value;
    part_mask parts = all_parts;
    floor_ptr floor{};
    bool names(unsigned page, unsigned part) const;
  };
  struct flight {
    claim what;
    unsigned page = 0;
    std::array<std::uint64_t, parts_max> asked_at{};
    std::array<std::string, parts_max> says;
    std::vector<std::string> shown;
  };
  /// What dies with the process.
  struct process;

  void require(bool holds, const char* what, unsigned page = pages);
  bool healthy() const { return agenda_.now() >= faults_end_; }
  /// Unless the process has ended by then.
  void later(std::chrono::nanoseconds in, std::function<void()> act);

  void plan();
  void change_something();
  void publish(message m);
  std::string truth(unsigned page, unsigned part) const;

  void start();
  void recall(const left_over& from, const std::vector<saved_doubt>& doubts, const run_start& run);
  void recall_bodies(std::vector<recalled_body> bodies);
  void compare_with_end();
  void visit(unsigned page);
  void purge(unsigned page);
  void stop_well();
  void end_well();
  void kill();

  void arrive(std::size_t number);
  void take(std::size_t number);
  void close_hole();
  void doubt_all();
  void suspect_all();
  void clear_all();

  void pump();
  void look_after_doubts();
  void sweep();
  void begin(claim c);
  void end(const flight& f);
  void commit(const flight& f, part_mask bad);

  void round();
  void cut(std::shared_ptr<journal_batch> batch, std::size_t left, std::size_t position);
  void write(std::shared_ptr<journal_batch> batch, std::size_t left, std::size_t position);

  void look(bool at_rest);
  void look_at(unsigned page, bool at_rest);
  void read_changes();
  bool step();

  dice dice_;
  agenda agenda_;
  std::unique_ptr<disk> disk_;
  mono_time faults_end_;
  std::uint64_t steps_ = 1;
  std::string wrong_;
  unsigned crashes_ = 0, clean_ends_ = 0, runs_ = 0;

  std::array<std::array<int, parts_max>, pages> value_{};
  std::array<unsigned, pages> shows_{};
  std::array<int, bugs> bug_{};
  std::vector<message> log_;               // what was published
  std::vector<std::uint64_t> arrived_at_;  // by message: the step of its first arrival; 0 = none
  // The step of the newest message about each part: that arrived, that was published, and that was
  // published before this run began.
  using steps_of_parts = std::array<std::array<std::uint64_t, parts_max>, pages>;
  steps_of_parts newest_arrival_{}, newest_publication_{}, published_before_{};
  bool has_history_ = true;
  bool early_ = false;  // messages may come before their data

  // What visitors and subscribers know, whichever process told them.
  std::array<sequence, pages> seen_version_{};
  std::array<sequence, pages> told_version_{};
  sequence told_ = 0;
  std::uint64_t told_epoch_ = 0;
  sequence highest_ = 0;  // number that was ever given away
  /// By page, part and `have`: when the bytes that have it were asked for.
  std::map<std::tuple<unsigned, unsigned, sequence>, std::uint64_t> asked_at_;
  /// What a page was when its run ended well, and what was still to be done about it.
  struct last_seen {
    sequence version = 0;
    sequence want = 0;
    bool reread = false;
    bool floor = false;
  };
  std::array<last_seen, pages> ended_as_{};
  std::unique_ptr<process> up_;  // null: between two runs
};

}  // namespace freshet::test
