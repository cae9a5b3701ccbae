#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace freshet::app {

/// Each verb adds its subcommand; what it should do when chosen is put into `chosen` and returns
/// the process' exit code. Verbs do nothing while the command line is parsed.
using verb = std::function<int()>;

void add_version(CLI::App& cli, verb& chosen);
void add_check(CLI::App& cli, verb& chosen);
void add_demo(CLI::App& cli, verb& chosen);
void add_run(CLI::App& cli, verb& chosen);
void add_try(CLI::App& cli, verb& chosen);
void add_config(CLI::App& cli, verb& chosen);
void add_replay(CLI::App& cli, verb& chosen);
void add_bench(CLI::App& cli, verb& chosen);
void add_get(CLI::App& cli, verb& chosen);
void add_watch(CLI::App& cli, verb& chosen);
void add_tail(CLI::App& cli, verb& chosen);
void add_status(CLI::App& cli, verb& chosen);
void add_explain(CLI::App& cli, verb& chosen);
void add_coverage(CLI::App& cli, verb& chosen);
void add_rebuild(CLI::App& cli, verb& chosen);
void add_purge(CLI::App& cli, verb& chosen);
void add_health(CLI::App& cli, verb& chosen);
void add_init(CLI::App& cli, verb& chosen);

}  // namespace freshet::app
