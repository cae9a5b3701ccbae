#include "app/exit_code.hpp"
#include "app/verbs/connections.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"
#include "connectors/document/page_recipe.hpp"
#include "connectors/rules/rule_table.hpp"
#include "connectors/schedule/warmer.hpp"
#include "store/page/site.hpp"

namespace freshet::app {
namespace {

int check(const config_options& options, bool connect) {
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
  sub->callback([&chosen, options, connect] {
    chosen = [options, connect] { return check(*options, *connect); };
  });
}

}  // namespace freshet::app
