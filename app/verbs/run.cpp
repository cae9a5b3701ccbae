#include "app/demo/demo_config.hpp"
#include "app/exit_code.hpp"
#include "app/server/huge_pages.hpp"
#include "app/server/server.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

int serve(server_options options) {
  set_up_log(options.settings.log.format, options.settings.log.level);
  return server(std::move(options)).run();
}

int run(const config_options& from) {
  restart_with_huge_pages();
  auto settings = read_config(from);
  if (!settings) return exit_config;
  return serve({std::move(*settings), [from] { return read_again(from); }});
}

int demo(const std::vector<std::string>& sets) {
  restart_with_huge_pages();
  auto settings = read_text(demo_toml, "demo.toml", sets);
  if (!settings) return exit_config;
  return serve({std::move(*settings), {}, true});
}

}  // namespace

void add_run(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("run", "serve in the foreground");
  auto options = add_config_options(*sub);
  sub->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

void add_demo(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand(
      "demo", "everything embedded: simulated bus and upstreams, the real pipeline");
  auto sets = std::make_shared<std::vector<std::string>>();
  sub->add_option("--set", *sets, "a.b=value, over the demo's configuration")
      ->allow_extra_args(false);
  sub->callback([&chosen, sets] { chosen = [sets] { return demo(*sets); }; });
}

}  // namespace freshet::app
