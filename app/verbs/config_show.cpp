#include "app/exit_code.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

int show(const config_options& options, bool defaults) {
  if (defaults) {
    fmt::print("{}", config::defaults_text());
    return exit_ok;
  }
  const auto settings = read_config(options);
  if (!settings) return exit_config;
  fmt::print("{}", config::show(*settings));
  return exit_ok;
}

}  // namespace

void add_config(CLI::App& cli, verb& chosen) {
  auto* config = cli.add_subcommand("config", "look at the configuration");
  config->require_subcommand(1);
  auto* sub = config->add_subcommand("show", "print what is in force; secrets stay hidden");
  auto options = add_config_options(*sub, false);
  auto defaults = std::make_shared<bool>(false);
  sub->add_flag("--defaults", *defaults, "every key with its default and what it means");
  sub->callback([&chosen, options, defaults] {
    chosen = [options, defaults] { return show(*options, *defaults); };
  });
}

}  // namespace freshet::app
