/// The event path at a recorded mix of messages: decode, match, and all of it up to the marks.
#include <benchmark/benchmark.h>

#include <memory>
#include <optional>

#include "bench/connectors/message_mix.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/ingest/ingest.hpp"
#include "core/config/load.hpp"

namespace freshet::bench {
namespace {

constexpr std::size_t message_max = 1u << 20;

/// Everything that events pass on their way to a mark.
struct pipeline {
  message_mix mix;
  config::loaded read;
  site pages;
  metrics counts;
  manual_clock time;
  std::optional<page_store> store;
  std::optional<rule_table> rules;
  std::optional<ingest> events;

  explicit pipeline(std::size_t count) : read(config::parse(mix_rules(mix, count))) {
    std::vector<config::diagnostic> problems;
    pages = site::compile(read.value.pages, problems);
    store_hooks hooks;
    hooks.fragment = [](const freshness&) { return std::string("\r\n"); };
    store.emplace(read.value, pages, page_store::options{}, hooks);
    rules.emplace(read.value, pages, counts, problems);
    events.emplace(read.value, *store, *rules, time, counts);
    if (!read.ok() || !problems.empty()) throw std::logic_error("the bench's own configuration");
  }

  /// Every page that the messages name is known and built, so that each event marks.
  void know_pages() {
    message_decoder decoder("b", message_max);
    std::vector<rule_hit> hits;
    for (const auto& each : mix.all()) {
      rules->match(decoder.decode_frames(each.topic, each.body).value, hits);
      for (const auto& hit : hits) {
        if (hit.bound == 0) continue;
        const binding name{"name", hit.values.front()};
        const auto key = pages.page(0).key_from({&name, 1});
        if (key) store->know(*key, pages.canonical(*key));
      }
    }
  }
};

void finish(benchmark::State& state, std::size_t messages, std::size_t hits) {
  const auto count = static_cast<double>(messages);
  state.SetItemsProcessed(static_cast<std::int64_t>(messages));
  state.counters["hits_per_message"] = static_cast<double>(hits) / count;
}

void decode(benchmark::State& state) {
  const message_mix mix;
  message_decoder decoder("b", message_max);
  std::size_t messages = 0, fine = 0;
  for (auto _ : state) {
    for (const auto& each : mix.all()) {
      fine += static_cast<bool>(decoder.decode_frames(each.topic, each.body));
      ++messages;
    }
  }
  if (fine != messages) state.SkipWithError("a message was refused");
  finish(state, messages, 0);
  state.counters["mean_bytes"] =
      static_cast<double>(mix.bytes()) / static_cast<double>(mix.all().size());
}
BENCHMARK(decode)->Name("event_mix/decode");

void match(benchmark::State& state) {
  pipeline on(static_cast<std::size_t>(state.range(0)));
  std::vector<std::unique_ptr<message_decoder>> decoders;
  std::vector<event> decoded;
  for (const auto& each : on.mix.all()) {
    decoders.push_back(std::make_unique<message_decoder>("b", message_max));
    decoded.push_back(decoders.back()->decode_frames(each.topic, each.body).value);
  }
  std::vector<rule_hit> hits;
  std::size_t messages = 0, found = 0;
  for (auto _ : state) {
    for (const auto& each : decoded) {
      on.rules->match(each, hits);
      found += hits.size();
      ++messages;
    }
  }
  finish(state, messages, found);
}
BENCHMARK(match)->Name("event_mix/match")->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000);

void decode_and_match(benchmark::State& state) {
  pipeline on(static_cast<std::size_t>(state.range(0)));
  message_decoder decoder("b", message_max);
  std::vector<rule_hit> hits;
  std::size_t messages = 0, found = 0;
  for (auto _ : state) {
    for (const auto& each : on.mix.all()) {
      on.rules->match(decoder.decode_frames(each.topic, each.body).value, hits);
      found += hits.size();
      ++messages;
    }
  }
  finish(state, messages, found);
}
BENCHMARK(decode_and_match)->Name("event_mix/decode_and_match")->Arg(1000);

/// With an id of its own for each, so that none is a duplicate: decode, dedupe, match, mark, and
/// what is remembered for `explain`.
void take(benchmark::State& state) {
  pipeline on(static_cast<std::size_t>(state.range(0)));
  on.know_pages();
  message_decoder decoder("b", message_max);
  std::size_t messages = 0;
  std::string id = "2013-1f2b6a70-0000-4000-8000-000000000000";
  for (auto _ : state) {
    for (const auto& each : on.mix.all()) {
      auto message = decoder.decode_frames(each.topic, each.body);
      fmt::format_to_n(id.data() + 24, 12, "{:012x}", ++messages);
      message.value.id = id;
      on.events->take(0, message.value);
    }
    on.store->tick(on.time.now());
  }
  finish(state, messages, 0);
  state.counters["known"] = static_cast<double>(on.store->known());
  if (on.events->report(0).duplicates > 0) state.SkipWithError("duplicates");
}
BENCHMARK(take)->Name("event_mix/take")->Arg(1000);

}  // namespace
}  // namespace freshet::bench
