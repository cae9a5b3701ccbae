#include "app/verbs/bench_freshness.hpp"

#include <fmt/format.h>

#include <memory>

#include "app/bench/freshness/comparison.hpp"
#include "app/exit_code.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

struct freshness_arguments {
  std::uint64_t seed = 1, seeds = 5;
};

int bench_freshness(const freshness_arguments& from) {
  set_up_log("auto", "error");  // what freshet logs of its worlds is not news
  const world_shape shape;
  const auto scores = compare(from.seed, from.seeds, shape);
  fmt::print(
      "{} worlds of an hour each: {} pages of 3 upstreams, {} changes and {} visits an hour\n",
      from.seeds, shape.packages * world::kinds.size(), shape.changes, shape.visits);
  fmt::print("\n{}", to_text(scores));
  return exit_ok;
}

}  // namespace

freshness_bench add_bench_freshness(CLI::App& bench) {
  auto* sub = bench.add_subcommand("freshness",
                                   "wrong pages, calls and waits under five ways of keeping pages");
  auto a = std::make_shared<freshness_arguments>();
  sub->add_option("--seed", a->seed, "the first world")->capture_default_str();
  sub->add_option("--seeds", a->seeds, "how many worlds are lived through, and added up")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  sub->footer(
      "No sockets and no real time: upstreams that change, err and go away, a bus that loses, "
      "repeats and delays messages, and visitors, all of it out of a seed, so the same figures "
      "come each time. The pipeline is freshet's own; the four other strategies are those of "
      "caches that expire or delete.");
  return {sub, [a] { return bench_freshness(*a); }};
}

}  // namespace freshet::app
