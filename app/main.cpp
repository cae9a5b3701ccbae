#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "app/verbs/verbs.hpp"
#include "core/config/problems.hpp"

namespace {

/// What CLI11 calls a missing subcommand: the first word is none that there is.
bool told_of_unknown_verb(const CLI::App& cli, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> known;
  for (const auto* verb : cli.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(verb->get_name());
  if (std::find(known.begin(), known.end(), argv[1]) != known.end()) return false;
  const auto hint = freshet::config::did_you_mean(argv[1], known);
  std::fprintf(stderr,
               "freshet: there is no verb `%s`%s%s\nRun with --help for more information.\n",
               argv[1], hint.empty() ? "" : "; ", hint.c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace freshet::app;
  CLI::App cli(
      "freshet keeps page JSON fresh: events mark pages, connectors rebuild them, browsers are "
      "told.",
      "freshet");
  cli.require_subcommand(1);
  verb chosen;
  add_demo(cli, chosen);
  add_run(cli, chosen);
  add_check(cli, chosen);
  add_try(cli, chosen);
  add_config(cli, chosen);
  add_replay(cli, chosen);
  add_bench(cli, chosen);
  add_get(cli, chosen);
  add_watch(cli, chosen);
  add_tail(cli, chosen);
  add_status(cli, chosen);
  add_explain(cli, chosen);
  add_coverage(cli, chosen);
  add_rebuild(cli, chosen);
  add_purge(cli, chosen);
  add_health(cli, chosen);
  add_init(cli, chosen);
  add_version(cli, chosen);
  try {
    cli.parse(argc, argv);
    return chosen();
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0 && told_of_unknown_verb(cli, argc, argv)) return exit_usage;
    return cli.exit(e) == 0 ? exit_ok : exit_usage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "freshet: %s\n", e.what());
    return exit_failed;
  }
}
