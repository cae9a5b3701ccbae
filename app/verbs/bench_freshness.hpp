#pragma once

#include "app/verbs/verbs.hpp"

namespace freshet::app {

/// `bench freshness`, below `bench`.
struct freshness_bench {
  CLI::App* command;
  verb run;
  bool parsed() const { return command->parsed(); }
};
freshness_bench add_bench_freshness(CLI::App& bench);

}  // namespace freshet::app
