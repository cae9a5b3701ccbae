/// What an event costs before anything waits: decode, match, mark; and a refresh's claim and
/// commit.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <optional>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/rules/rule_table.hpp"
#include "core/config/load.hpp"
#include "store/ledger/ledger.hpp"

namespace freshet::bench {
namespace {

constexpr std::string_view topic = "org.fedoraproject.prod.buildsys.build.state.change";

/// About the median of what the bus carries; `more` fills it up.
std::string message(std::size_t more = 0) {
  return fmt::format(
      R"({{"i":1,"msg":{{"attribute":"state","build_id":12345,"instance":"primary",)"
      R"("name":"eclipse-ptp","new":0,"old":3,"owner":"kojiadmin","release":"1.fc19",)"
      R"("task_id":4642,"version":"6.0.3","notes":"{}"}},"msg_id":"2013-1f2b6a70",)"
      R"("timestamp":1359604772.178867,"topic":"{}","username":"apache"}})",
      std::string(more, 'x'), topic);
}

void decode(benchmark::State& state) {
  message_decoder decoder("fedmsg", 1 << 20);
  const auto body = message(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode_frames(topic, body).value.msg);
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(decode)->Name("fedmsg_decode")->Arg(0)->Arg(3600);

struct rules {
  config::loaded read;
  metrics counts;
  site pages;
  std::optional<rule_table> table;

  explicit rules(std::size_t count) {
    std::string text = "[upstream.u]\nkind = \"demo\"\n";
    for (std::size_t n = 0; n + 1 < count; ++n) {
      text += fmt::format(
          "[[tag]]\ntopic = \"org.fedoraproject.*.other{}.build.#\"\n"
          "set = {{ package = \"/msg/name\" }}\n",
          n);
    }
    text +=
        "[page.p]\npath = \"/p/{package}.json\"\nfetch = [{ upstream = \"u\", get = \"/x\" }]\n"
        "on = [{ topic = \"org.fedoraproject.*.buildsys.build.#\", "
        "where = { \"/msg/instance\" = \"primary\" }, set = { package = \"/msg/name\" } }]\n";
    read = config::parse(text);
    std::vector<config::diagnostic> problems;
    pages = site::compile(read.value.pages, problems);
    table.emplace(read.value, pages, counts, problems);
    if (!read.ok() || !problems.empty()) throw std::logic_error("the bench's own configuration");
  }
};

void match(benchmark::State& state) {
  rules on(static_cast<std::size_t>(state.range(0)));
  message_decoder decoder("fedmsg", 1 << 20);
  const auto body = message();
  const auto decoded = decoder.decode_frames(topic, body);
  std::vector<rule_hit> hits;
  for (auto _ : state) on.table->match(decoded.value, hits);
  if (hits.size() != 1) state.SkipWithError("expected one hit");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(match)->Name("rule_match")->Arg(1)->Arg(100)->Arg(10'000);

constexpr page_ref pages = 100'000;

std::unique_ptr<ledger> built_ledger(mono_time now) {
  auto book = std::make_unique<ledger>(1, 1);
  book->add_class(0, {.lease = std::chrono::hours(1)});
  for (page_ref page = 0; page < pages; ++page) {
    book->add(page, 0);
    book->ask(page, lane::visitor, cause::miss, now);
  }
  while (auto c = book->claim_next(0, now)) {
    book->commit(c->ref, c->token, {.good = c->parts, .changed = true}, now);
  }
  return book;
}

/// A page that is queued already: what a storm consists of.
void mark_again(benchmark::State& state) {
  const mono_time now{std::chrono::hours(1)};
  const auto book = built_ledger(now);
  page_ref page = 0;
  for (auto _ : state) {
    book->mark(page, {}, now);
    page = (page + 7919) % pages;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mark_again)->Name("ledger/mark/100k_pages");

void mark_claim_commit(benchmark::State& state) {
  mono_time now{std::chrono::hours(1)};
  const auto book = built_ledger(now);
  page_ref page = 0;
  for (auto _ : state) {
    now += std::chrono::milliseconds(1);
    book->mark(page, {}, now);
    const auto c = book->claim_next(0, now);
    if (!c) {
      state.SkipWithError("nothing to claim");
      break;
    }
    book->commit(c->ref, c->token, {.good = c->parts, .changed = true}, now);
    page = (page + 7919) % pages;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mark_claim_commit)->Name("ledger/mark_claim_commit/100k_pages");

}  // namespace
}  // namespace freshet::bench
