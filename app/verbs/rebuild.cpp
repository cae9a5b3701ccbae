#include "app/verbs/page_command.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {

void add_rebuild(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("rebuild", "build pages again, now");
  auto command = add_page_command(*sub, "/-/rebuild");
  sub->callback([&chosen, command] { chosen = [command] { return run_page_command(*command); }; });
}

}  // namespace freshet::app
