#include "app/exit_code.hpp"
#include "app/verbs/follow.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {

void add_tail(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("tail", "print every change as it happens, one line each");
  auto what = std::make_shared<follow_request>();
  sub->add_flag("--json", what->as_json, "one JSON object a change: name, id, data");
  const auto flags = add_remote_flags(*sub, listener_kind::server);
  sub->footer(
      "Reconnects by itself and misses nothing in between. Exit codes: 0 interrupted, 1 refused, "
      "69 nobody there.");
  sub->callback(
      [&chosen, flags, what] { chosen = [flags, what] { return follow(*flags, *what); }; });
}

}  // namespace freshet::app
