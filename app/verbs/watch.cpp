#include "app/exit_code.hpp"
#include "app/verbs/follow.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {
constexpr int paths_max = 200;  // what one stream may name
}

void add_watch(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("watch", "print the changes of pages as they happen");
  auto what = std::make_shared<follow_request>();
  sub->add_option("PATH", what->paths, "such as /packages/guake.json")
      ->required()
      ->expected(1, paths_max)
      ->check(page_path());
  sub->add_flag("--full", what->full,
                "print the pages: now, and again whenever they changed (changes go to stderr)");
  sub->add_flag("--json", what->as_json, "one JSON object a change: name, id, data");
  const auto flags = add_remote_flags(*sub, listener_kind::server);
  sub->footer(
      "Reconnects by itself and misses nothing in between. Exit codes: 0 interrupted, 1 refused, "
      "69 nobody there.");
  sub->callback(
      [&chosen, flags, what] { chosen = [flags, what] { return follow(*flags, *what); }; });
}

}  // namespace freshet::app
