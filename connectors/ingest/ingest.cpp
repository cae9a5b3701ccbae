#include "connectors/ingest/ingest.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <new>
#include <string>

#include "core/observe/rough_duration.hpp"
#include "core/text/clipped.hpp"

namespace freshet {
namespace {

constexpr std::size_t reasons_max = 16;
constexpr std::size_t identities = 1u << 20;  // kept of a bus
// A walk through the history brings as many beside the live ones (history_walk::limits).
constexpr std::size_t identities_replayed = 1u << 21;
constexpr std::size_t named_pages_max = 4096;  // of one event; more are only counted

std::vector<std::optional<std::chrono::nanoseconds>> expectations(const config::settings& s) {
  std::vector<std::optional<std::chrono::nanoseconds>> out;
  for (const auto& bus : s.buses) out.push_back(bus.expect_every);
  return out;
}

}  // namespace

struct ingest::bus_row {
  dedupe seen;
  counter& messages;
  counter& duplicates;
  counter& matched;
  counter& unmatched;
  counter& marks;
  counter& refused;
  counter& failed;
  std::map<std::string, counter*, std::less<>> dropped{};
  std::optional<wall_time> last_event{};
  bus_report before{};  // what an earlier configuration's engine counted
};

ingest::ingest(const config::settings& settings, page_store& store, rule_table& rules,
               const clock& time, metrics& m, ingest_hooks hooks)
    : settings_(settings),
      store_(store),
      rules_(rules),
      time_(time),
      metrics_(m),
      hooks_(std::move(hooks)),
      silence_(expectations(settings), time.now()) {
  for (std::size_t i = 0; i < settings.buses.size(); ++i) {
    const metrics::labels bus{{"bus", settings.buses[i].name}};
    const auto events = [&](const char* result) -> counter& {
      return m.make_counter("freshet_bus_events_total",
                            "Events that were new, by whether a page's rule matched.",
                            {bus.front(), {"result", result}});
    };
    rows_.push_back(std::make_unique<bus_row>(bus_row{
        dedupe(settings.buses[i].catch_up ? identities_replayed : identities),
        m.make_counter("freshet_bus_messages_total", "Messages received and decoded.", bus),
        m.make_counter("freshet_bus_duplicates_total", "Messages that had come before.", bus),
        events("matched"), events("unmatched"),
        m.make_counter("freshet_bus_marks_total", "Pages that events marked.", bus),
        m.make_counter("freshet_bus_pages_refused_total",
                       "Pages that an event named and that could not be made known.", bus),
        m.make_counter("freshet_bus_failed_total", "Marks that failed by a fault of ours.", bus)}));
    // Alerts want to see the series before the first message is refused.
    for (const auto* why : {"malformed", "bad_topic", "too_large"}) dropped_as(i, why);
    m.make_gauge(
        "freshet_bus_up", "1 while the bus is connected.",
        [this, i] { return hooks_.up && hooks_.up(i) ? 1.0 : 0.0; }, bus);
    m.make_asked_counter(
        "freshet_bus_topic_differs_total",
        "Messages whose body names another topic than their frame, which counts.",
        [this, i] {
          return hooks_.topics_differ ? static_cast<double>(hooks_.topics_differ(i)) : 0.0;
        },
        bus);
    if (settings.buses[i].verify) count_signatures(i);
  }
}

void ingest::count_signatures(std::size_t bus) {
  const auto count = [this, bus](const char* is, std::uint64_t signature_figures::* which) {
    metrics_.make_asked_counter(
        "freshet_bus_signatures_total", "Messages whose signature was checked.",
        [this, bus, which] {
          return hooks_.signatures ? static_cast<double>(hooks_.signatures(bus).*which) : 0.0;
        },
        {{"bus", settings_.buses[bus].name}, {"result", is}});
  };
  count("good", &signature_figures::good);
  count("bad", &signature_figures::bad);
}

ingest::~ingest() = default;

bool ingest::take(std::size_t bus, const event& e) {
  auto& row = *rows_[bus];
  const auto now = time_.now();
  const auto received = time_.wall_now();
  if (!retrying()) note_heard(row, bus, e, now, received);
  const bool first = apply(row, bus, e, now, received);
  if (!first) row.duplicates.add();
  return first;
}

void ingest::note_heard(bus_row& row, std::size_t bus, const event& e, mono_time now,
                        wall_time received) {
  row.messages.add();
  row.last_event = received;
  if (const auto quiet = silence_.heard(bus, now))
    logger().info("bus {}: events again after {}", e.bus, rough_duration(*quiet));
}

bool ingest::take_history(std::size_t bus, const event& e) {
  return apply(*rows_[bus], bus, e, time_.now(), time_.wall_now());
}

bool ingest::apply(bus_row& row, std::size_t bus, const event& e, mono_time now,
                   wall_time received) {
  if (!retrying() && !row.seen.first_time(e)) return false;
  sights_.clear();
  rules_.match(e, hits_, &sights_);
  (hits_.empty() ? row.unmatched : row.matched).add();
  auto& record = record_;
  record.clear();
  record.id = clipped(e.id, id_bytes_max);
  record.topic = clipped(e.topic, topic_bytes_max);
  record.bus = bus;
  record.time = e.time.value_or(wall_time{});
  record.received = received;
  record.notes = sights_.all();
  record.noted = sights_.count();
  if (!hits_.empty()) record.tags = rules_.given(event_record::tags_bytes_max);
  if (hooks_.keep_newest) hooks_.keep_newest(e, received);  // a refresh shall find it
  record.mark = store_.book().last_sequence() + 1;
  mark_all(row, now, record);
  row.marks.add(record.pages);
  if (record.failed > 0 || !rules_.choked().empty()) lock_choked(e, record);
  if (!record.id.empty()) memory_.keep(record);
  return true;
}

void ingest::mark_all(bus_row& row, mono_time now, event_record& record) {
  marked_.clear();
  origin_ptr from;
  std::optional<std::uint32_t> rule;
  for (const auto& hit : hits_) {
    const auto& name = rules_.terms(hit.rule).name;
    try {
      if (rule != hit.rule) {
        from = std::make_shared<const origin>(origin{.event_id = record.id,
                                                     .topic = record.topic,
                                                     .bus = settings_.buses[record.bus].name,
                                                     .rule = name,
                                                     .time = record.time,
                                                     .received = now});
        if (record.rules.size() < event_record::rules_max) record.rules.push_back(hit.rule);
        rule = hit.rule;
      }
      mark_one(row, hit, from, now, record);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& fault) {
      // The other pages of this event must not go stale because of this one.
      row.failed.add();
      ++record.failed;
      if (std::uint64_t held_back = 0; complaints_.allow(now, held_back))
        logger().error("bus {}: event {}: {}: {} ({} more were not logged)",
                       settings_.buses[record.bus].name, record.id, name, fault.what(), held_back);
    }
  }
  note_paths(record);
}

void ingest::mark_one(bus_row& row, const rule_hit& hit, const origin_ptr& from, mono_time now,
                      event_record& record) {
  const auto& terms = rules_.terms(hit.rule);
  tag_mark tag;
  tag.of = hit.page;
  tag.what = {.parts = terms.parts,
              .from = from,
              .coalesce = terms.coalesce,
              .lazy = terms.lazy,
              .floor = hit.floor,
              .floor_here = names_variants(hit)};
  values_.clear();
  if (hit.shows >= 0) {
    const auto first = store_.pages().page(hit.page).parameters().size();
    tag.bound = dimension_mask{1} << (first + static_cast<std::size_t>(hit.shows));
    values_.push_back(hit.values.front());
  } else {
    tag.bound = hit.bound;
    for (std::size_t i = 0; i < hit.values.size(); ++i)
      if (((hit.bound >> i) & 1u) != 0) values_.push_back(hit.values[i]);
  }
  tag.values = values_;
  const auto made = create(row, hit);
  const auto done = store_.mark(tag, now);
  if (made != no_page) {
    ++record.created;
    // What `warm` wants built is built, though the rule may be a lazy one.
    if (terms.lazy) {
      tag.what.lazy = false;
      store_.mark_page(made, tag.what, now);
    }
  }
  if (done.wide || marked_.size() + done.pages > named_pages_max) {
    record.wide = true;
    record.pages += done.pages;
    return;
  }
  const auto members = store_.members(tag);
  marked_.insert(marked_.end(), members.begin(), members.end());
}

/// The rule means certain variants of a page, so what they show is checked on them.
bool ingest::names_variants(const rule_hit& hit) const {
  const auto& of = store_.pages().page(hit.page);
  const auto queries = ((std::uint64_t{1} << of.query_parameters()) - 1) << of.path_parameters();
  return hit.shows >= 0 || (hit.bound & queries) != 0;
}

/// The page that this event makes known, or no_page.
page_ref ingest::create(bus_row& row, const rule_hit& hit) {
  const auto& of = store_.pages().page(hit.page);
  const auto needed = (std::uint64_t{1} << of.path_parameters()) - 1;
  if (hit.shows >= 0 || (hit.bound & needed) != needed) return no_page;
  if (!hooks_.creates || !hooks_.creates(hit.page)) return no_page;
  std::vector<binding> bindings;
  for (std::size_t i = 0; i < hit.values.size(); ++i)
    if (((hit.bound >> i) & 1u) != 0)
      bindings.push_back({of.parameters()[i].name(), hit.values[i]});
  const auto key = of.key_from(bindings);
  if (!key) {  // a path that another page answers, or a value its JSON segment contradicts
    row.refused.add();
    return no_page;
  }
  const auto canonical = of.canonical(*key);
  if (store_.find(canonical) != no_page) return no_page;
  const auto made = store_.know(*key, canonical);
  if (made == no_page) row.refused.add();  // memory is full of pinned pages
  return made;
}

void ingest::note_paths(event_record& record) {
  std::sort(marked_.begin(), marked_.end());
  marked_.erase(std::unique(marked_.begin(), marked_.end()), marked_.end());
  record.pages += marked_.size();
  std::size_t bytes = 0;
  for (const auto page : marked_) {
    const auto* s = store_.slot_of(page);
    if (s == nullptr) continue;
    bytes += s->path().size();
    if (record.paths.size() == event_record::paths_max || bytes > event_record::path_bytes_max)
      return;
    record.paths.emplace_back(s->path());
  }
}

void ingest::adopt(std::size_t bus, const ingest& old, std::size_t there) {
  auto& row = *rows_[bus];
  row.before = old.report(there);
  row.last_event = row.before.last_event;
  row.seen.copy(old.rows_[there]->seen);
  silence_.adopt(bus, old.silence_, there);
  charge();
}

void ingest::adopt_memory(const ingest& old) {
  old.memory_.each([&](event_record record) {
    const auto& bus = old.settings_.buses[record.bus].name;
    const auto here = std::ranges::find(settings_.buses, bus, &config::bus_settings::name);
    if (here == settings_.buses.end()) return;
    record.bus = static_cast<std::size_t>(here - settings_.buses.begin());
    record.noted = 0;  // its rules may read other fields now
    for (const auto rule : std::exchange(record.rules, {}))
      if (const auto same = rules_.find(old.rules_.terms(rule).name)) record.rules.push_back(*same);
    memory_.keep(record);
  });
  charge();
}

void ingest::charge() {
  std::size_t sum = memory_.bytes() + (hooks_.keep == nullptr ? 0 : hooks_.keep->bytes());
  for (const auto& row : rows_) sum += row->seen.bytes();
  store_.charge_events(sum);
}

std::vector<event_record> ingest::find(std::string_view id) const {
  return memory_.find(clipped(id, id_bytes_max));
}

counter& ingest::dropped_as(std::size_t bus, std::string_view why) {
  auto& dropped = rows_[bus]->dropped;
  auto at = dropped.find(why);
  if (at == dropped.end()) {
    if (dropped.size() >= reasons_max) why = "other";
    at = dropped.try_emplace(std::string(why)).first;
  }
  if (at->second == nullptr)
    at->second = &metrics_.make_counter("freshet_bus_dropped_total",
                                        "Messages that had to be refused, by reason.",
                                        {{"bus", settings_.buses[bus].name}, {"why", at->first}});
  return *at->second;
}

void ingest::when_durable(std::function<void()> call) {
  if (hooks_.durable) {
    hooks_.durable(std::move(call));
  } else {
    call();
  }
}

void ingest::watch_silence() {
  charge();
  for (const auto bus : silence_.newly_silent(time_.now())) {
    const auto& settings = settings_.buses[bus];
    logger().warn("bus {}: silent for {}, an event was expected every {}", settings.name,
                  rough_duration(report(bus).silent_for),
                  rough_duration(settings.expect_every.value_or(std::chrono::nanoseconds{0})));
  }
}

bus_report ingest::report(std::size_t bus) const {
  const auto& row = *rows_[bus];
  const auto& settings = settings_.buses[bus];
  bus_report out{.name = settings.name,
                 .kind = settings.kind,
                 .up = hooks_.up && hooks_.up(bus),
                 .messages = row.before.messages + row.messages.value(),
                 .dropped = row.before.dropped,
                 .duplicates = row.before.duplicates + row.duplicates.value(),
                 .last_event = row.last_event};
  for (const auto& [why, count] : row.dropped) out.dropped += count->value();
  if (hooks_.signatures) out.signatures = hooks_.signatures(bus).trouble;
  const auto now = time_.now();
  if (const auto since = silence_.silent_since(bus, now)) {
    out.silent_for = now - *since;
    out.silent_since =
        time_.wall_now() - std::chrono::duration_cast<wall_time::duration>(out.silent_for);
  }
  return out;
}

}  // namespace freshet
