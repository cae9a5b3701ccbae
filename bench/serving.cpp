/// What a request and a pushed event cost without their sockets.
#include <benchmark/benchmark.h>

#include <variant>

#include "bench/support/answers.hpp"
#include "bench/support/streams.hpp"
#include "net/http/head/gate.hpp"
#include "net/http/head/scanner.hpp"
#include "net/sse/payload.hpp"

namespace freshet::bench {
namespace {

void head_scanner(benchmark::State& state) {
  http::request_head head;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http::scan(browser_head, 0, {}, head));
    benchmark::DoNotOptimize(head.target.data());
  }
  if (head.target.empty()) state.SkipWithError("the scanner does not take it");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(browser_head.size()));
}
BENCHMARK(head_scanner)->Name("request_head/scanner");

void head_gate(benchmark::State& state) {
  const http::gate judge({});
  for (auto _ : state) benchmark::DoNotOptimize(judge.judge(browser_head));
  if (judge.judge(browser_head).index() != 0) state.SkipWithError("the gate does not take it");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(browser_head.size()));
}
BENCHMARK(head_gate)->Name("request_head/gate");

void answer(benchmark::State& state, bool unchanged) {
  one_page page(1000);
  const auto head = page.ask(unchanged);
  for (auto _ : state) benchmark::DoNotOptimize(page.answer(head));
  if (page.answer(head) != (unchanged ? 304 : 200)) state.SkipWithError("another status");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(answer, 200, false)->Name("answer_page/200");
BENCHMARK_CAPTURE(answer, 304, true)->Name("answer_page/304");

void frame(benchmark::State& state) {
  logged_changes changes;
  const auto c = changes.publish(0, path_of(0));
  for (auto _ : state) {
    const auto data = sse::payload(*c);
    benchmark::DoNotOptimize(sse::encode({sse::event_id{1, c->at}, "reload", data}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(frame)->Name("sse/frame");

void fan_out(benchmark::State& state, watched how) {
  const auto readers = static_cast<std::size_t>(state.range(0));
  watched_hub hub(readers, how);
  const auto before = hub.events();
  for (auto _ : state) hub.tell(hub.changes().publish(0, path_of(0)));
  const auto told = hub.events() - before;
  if (told != readers * static_cast<std::size_t>(state.iterations())) {
    state.SkipWithError("not everybody was told");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(told));
}
BENCHMARK_CAPTURE(fan_out, page, watched::page)->Name("sse/fan_out/page")->Arg(1)->Arg(1000);
BENCHMARK_CAPTURE(fan_out, pattern, watched::pattern)
    ->Name("sse/fan_out/pattern")
    ->Arg(1)
    ->Arg(1000);

}  // namespace
}  // namespace freshet::bench
