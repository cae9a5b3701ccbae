#include "app/exit_code.hpp"
#include "app/verbs/connections.hpp"
#include "app/verbs/lint_events.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"
#include "connectors/document/page_recipe.hpp"
#include "connectors/rules/rule_table.hpp"
#include "connectors/schedule/warmer.hpp"
#include "connectors/upstream/own_upstreams.hpp"
#include "core/config/amqp_settings.hpp"
#include "core/config/load.hpp"
#include "core/config/webhook_settings.hpp"
#include "store/page/site.hpp"

namespace freshet::app {
namespace {

/// `run` needs them; whoever checks a file elsewhere does not have them.
void warn_of_secrets(const config::settings& settings) {
  const auto look = [](const std::string& key, const config::secret& s) {
    if (const auto value = config::reveal(s); !value)
      fmt::print(stderr, "warning: {}: {}\n", key, value.error().text());
  };
  if (!settings.admin_token.empty()) look("admin_token", settings.admin_token);
  const auto look_at_all = [&](const std::string& key, const config::header_settings& them) {
    for (const auto& [name, value] : them) look(key + "." + name, value);
  };
  for (const auto& upstream : settings.upstreams) {
    look_at_all("upstream." + upstream.name + ".headers", upstream.headers);
    look_at_all("upstream." + upstream.name + ".env", upstream.environment);
  }
  for (const auto& bus : settings.buses) {
    const auto name = "bus." + bus.name;
    if (bus.catch_up) look_at_all(name + ".catch_up.headers", bus.catch_up->headers);
    if (bus.amqp) look(name + ".url", bus.amqp->url);
    if (!bus.webhook) continue;
    for (const auto& one : bus.webhook->secrets) look(name + ".secret", one);
  }
}

int check(const config_options& options, bool connect, const lint_arguments& lint) {
  const auto settings = read_config(options);
  if (!settings) return exit_config;
  metrics counts;
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(settings->pages, problems);
  if (problems.empty()) {
    const rule_table rules(*settings, pages, counts, problems);
    for (std::size_t i = 0; i < settings->pages.size(); ++i) {
      const auto& page = settings->pages[i];
      page_recipe::compile(*settings, page, pages.page(static_cast<class_id>(i)), problems);
    }
    warmer::check(*settings, pages, problems);
    check_own_upstreams(*settings, pages, problems);
  }
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", config::render(problem));
  if (!problems.empty()) return exit_config;
  warn_of_secrets(*settings);
  if (!lint.as_json)
    fmt::print("ok: {} buses, {} upstreams, {} pages\n", settings->buses.size(),
               settings->upstreams.size(), settings->pages.size());
  const int connected = connect ? try_connections(*settings) : exit_ok;
  if (lint.events.empty()) return connected;
  const int linted = lint_events(*settings, pages, lint);
  return linted == exit_ok ? connected : linted;
}

}  // namespace

void add_check(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("check", "validate a configuration without starting anything");
  auto options = add_config_options(*sub);
  auto connect = std::make_shared<bool>(false);
  sub->add_flag("--connect", *connect, "also try every bus and every upstream, 5 s each");
  auto lint = std::make_shared<lint_arguments>();
  auto* events = sub->add_option("--events", lint->events,
                                 "recorded events, one a line: lint the rules on them");
  sub->add_option("--paths", lint->paths,
                  "with --events: paths that are asked for, one a line, as the pages there are")
      ->needs(events);
  sub->add_option("--bus", lint->bus, "with --events: the bus they are of; else the first one")
      ->needs(events);
  sub->add_option("--allow", lint->allow, "with --events: a kind of finding that is no problem")
      ->check(CLI::IsMember(
          {"never", "unbound", "refused", "unmet", "one_side", "type", "vanished", "surplus"}))
      ->allow_extra_args(false)
      ->needs(events);
  sub->add_flag("--json", lint->as_json, "with --events: the report as one JSON object")
      ->needs(events);
  sub->footer(
      "Exit codes: 0 accepted, 1 a rule has a problem, 69 somebody does not answer (--connect) or "
      "a "
      "file cannot be read, 78 the configuration is wrong.");
  sub->callback([&chosen, options, connect, lint] {
    chosen = [options, connect, lint] { return check(*options, *connect, *lint); };
  });
}

}  // namespace freshet::app
