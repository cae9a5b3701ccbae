#include "app/exit_code.hpp"
#include "app/verbs/connections.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"
#include "connectors/document/page_recipe.hpp"
#include "connectors/rules/rule_table.hpp"
#include "connectors/schedule/warmer.hpp"
#include "core/config/load.hpp"
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
  for (const auto& upstream : settings.upstreams)
    for (const auto& [name, value] : upstream.headers)
      look(fmt::format("upstream.{}.headers.{}", upstream.name, name), value);
}

int check(const config_options& options, bool connect, const std::string& events) {
  if (!events.empty()) {
    fmt::print(stderr,
               "freshet: check --events: known, not built in; `freshet try --events` "
               "shows what each event does\n");
    return exit_config;
  }
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
  }
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", config::render(problem));
  if (!problems.empty()) return exit_config;
  warn_of_secrets(*settings);
  fmt::print("ok: {} buses, {} upstreams, {} pages\n", settings->buses.size(),
             settings->upstreams.size(), settings->pages.size());
  return connect ? try_connections(*settings) : exit_ok;
}

}  // namespace

void add_check(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("check", "validate a configuration without starting anything");
  auto options = add_config_options(*sub);
  auto connect = std::make_shared<bool>(false);
  sub->add_flag("--connect", *connect, "also try every bus and every upstream, 5 s each");
  auto events = std::make_shared<std::string>();
  sub->add_option("--events", *events, "lint the rules on recorded events (not built in yet)");
  sub->callback([&chosen, options, connect, events] {
    chosen = [options, connect, events] { return check(*options, *connect, *events); };
  });
}

}  // namespace freshet::app
