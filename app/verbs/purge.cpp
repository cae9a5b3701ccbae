#include "app/verbs/page_command.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {

void add_purge(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("purge", "forget pages; the next visitor builds them anew");
  auto command = add_page_command(*sub, "/-/purge");
  sub->add_flag("--dry-run", command->dry_run, "only say which pages it would be");
  sub->callback([&chosen, command] { chosen = [command] { return run_page_command(*command); }; });
}

}  // namespace freshet::app
