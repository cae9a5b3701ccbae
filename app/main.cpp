#include <cstdio>
#include <exception>

#include "app/exit_code.hpp"
#include "app/verbs/verbs.hpp"

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
    return cli.exit(e) == 0 ? exit_ok : exit_usage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "freshet: %s\n", e.what());
    return exit_failed;
  }
}
