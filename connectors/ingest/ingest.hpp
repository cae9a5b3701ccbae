#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "connectors/bus/bus.hpp"
#include "connectors/ingest/bus_report.hpp"
#include "connectors/ingest/dedupe.hpp"
#include "connectors/ingest/event_memory.hpp"
#include "connectors/ingest/event_sights.hpp"
#include "connectors/ingest/silence_watch.hpp"
#include "connectors/locker/locker.hpp"
#include "connectors/rules/rule_table.hpp"
#include "core/config/settings.hpp"
#include "core/observe/log.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// What ingest asks of the rest. Each may be empty.
struct ingest_hooks {
  /// The bus is connected; behind freshet_bus_up. Empty = down.
  std::function<bool(std::size_t bus)> up;
  /// An event that binds all path parameters makes a page of this class known (it has `warm`).
  std::function<bool(class_id page)> creates;
  /// Messages of the bus whose body names another topic than their frame.
  std::function<std::uint64_t(std::size_t bus)> topics_differ = {};
  /// An event that is new, with what tags gave to it (rule_table::given_as), before its pages are
  /// marked.
  std::function<void(const event& e, wall_time received)> keep_newest = {};
  /// Where events go that a decoder or a rule chokes on; outlives the ingest.
  locker* keep = nullptr;
  /// Calls back once all marks until now are on the disk. Empty = nothing is kept on disk.
  std::function<void(std::function<void()>)> durable = {};
  /// How the bus does with signatures.
  std::function<signature_figures(std::size_t bus)> signatures = {};
};

/// The event path from a decoded message to marks: count, dedupe, match, mark. Nothing on it waits.
///
/// Shape:    `bus` is the index into settings.buses. What is kept of an event is bounded: ids and
///           topics are clipped, the newest 10,000 events are remembered for `explain`.
/// Errors:   one hit, rule or hook that fails is counted and logged (rate-limited) and never stops
///           the other hits. Throws bad_alloc only.
/// Lifetime: everything given outlives it; it outlives every scrape of `m`.
/// Threads:  home loop only.
class ingest {
 public:
  static constexpr std::size_t id_bytes_max = 512;
  static constexpr std::size_t topic_bytes_max = 1024;

  ingest(const config::settings& settings, page_store& store, rule_table& rules, const clock& time,
         metrics& m, ingest_hooks hooks = {});
  ~ingest();
  ingest(const ingest&) = delete;
  ingest& operator=(const ingest&) = delete;

  /// An event of this bus. Borrows it for the call. False when it had come before.
  bool take(std::size_t bus, const event& e);
  /// The same for one out of the bus' history: it says nothing of how the bus does now.
  bool take_history(std::size_t bus, const event& e);
  /// A message that the bus had to refuse.
  void drop(std::size_t bus, const refused_message& message);
  /// An event out of the locker once more: `give` hands it to its bus. What came before is no
  /// duplicate now. False when it choked again, or `give` says no: then it is in the locker again.
  bool retry(locked_event event, const std::function<bool(const locked_event&)>& give);
  /// Inside retry(): what is taken now came before.
  bool retrying() const { return retried_ != nullptr; }
  /// `call` hears once the events that were taken until now cannot be lost any more: what an
  /// acknowledgement waits for. At once when nothing is kept on disk.
  void when_durable(std::function<void()> call);
  /// Warns of buses that fell silent. Call it about every second.
  void watch_silence();
  /// After a reload: what `old` knew of `bus`, its bus `there`, which is read as before.
  /// Identities, counts and silence go on as if nothing had happened.
  void adopt(std::size_t bus, const ingest& old, std::size_t there);
  /// What events did, as far as `old` remembers; its rules and buses may have other numbers here.
  void adopt_memory(const ingest& old);

  std::size_t buses() const { return rows_.size(); }
  bus_report report(std::size_t bus) const;
  const event_memory& remembered() const { return memory_; }
  /// What the events of this id did, the newest first.
  std::vector<event_record> find(std::string_view id) const;
  const rule_table& rules() const { return rules_; }

 private:
  struct bus_row;

  bool apply(bus_row& row, std::size_t bus, const event& e, mono_time now, wall_time received);
  void mark_all(bus_row& row, mono_time now, event_record& record);
  void mark_one(bus_row& row, const rule_hit& hit, const origin_ptr& from, mono_time now,
                event_record& record);
  page_ref create(bus_row& row, const rule_hit& hit);
  bool names_variants(const rule_hit& hit) const;
  void count_signatures(std::size_t bus);
  counter& dropped_as(std::size_t bus, std::string_view why);
  void note_heard(bus_row& row, std::size_t bus, const event& e, mono_time now, wall_time received);
  void lock_choked(const event& e, event_record& record);
  void lock(locked_event event, std::string_view bytes);
  void note_paths(event_record& record);
  void charge();

  const config::settings& settings_;
  page_store& store_;
  rule_table& rules_;
  const clock& time_;
  metrics& metrics_;
  ingest_hooks hooks_;
  silence_watch silence_;
  event_memory memory_;
  std::vector<std::unique_ptr<bus_row>> rows_;
  rate_limit complaints_;

  // scratch of one event
  std::vector<rule_hit> hits_;
  event_sights sights_;
  event_record record_;
  locked_event* retried_ = nullptr;
  bool choked_again_ = false;
  std::vector<page_ref> marked_;
  std::vector<std::string_view> values_;
};

}  // namespace freshet
