#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "app/exit_code.hpp"
#include "app/verbs/read_config.hpp"
#include "app/verbs/verbs.hpp"
#include "connectors/calls/ask_upstream.hpp"
#include "connectors/document/document_builder.hpp"
#include "connectors/registry/make_upstream.hpp"
#include "connectors/rules/rule_trial.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

namespace asio = boost::asio;

/// One page built the way the server builds it, and nothing kept.
struct trial {
  config::settings settings;
  std::vector<config::diagnostic> problems{};
  site pages = site::compile(settings.pages, problems);
  asio::io_context ctx{1};
  real_clock time{};
  std::vector<std::unique_ptr<guarded_upstream>> upstreams{};

  explicit trial(config::settings from) : settings(std::move(from)) {}

  bool usable() const {
    for (const auto& problem : problems) fmt::print(stderr, "{}\n", config::render(problem));
    return problems.empty();
  }
  bool connect() {
    set_up_log("auto", "warn");
    const connector_environment with{ctx.get_executor(), time, std::make_shared<demo_world>(1)};
    for (const auto& each : settings.upstreams) {
      auto made = make_upstream(with, each);
      if (!made) {
        fmt::print(stderr, "freshet: {}\n", made.error().text());
        return false;
      }
      upstreams.push_back(std::move(*made));
    }
    return true;
  }
};

void print_call(const trial& t, const page_recipe& recipe, const call_record& call) {
  const auto& part = recipe.parts[call.part];
  fmt::print(stderr, "{} {}: {}, {} bytes, {:.1f} ms{}{}\n",
             t.settings.upstreams[part.upstream].name, call.target,
             call.status == 0 ? std::string("no answer") : fmt::format("status {}", call.status),
             call.bytes, std::chrono::duration<double, std::milli>(call.took).count(),
             call.failure.empty() ? "" : ": ", call.failure);
}

int build(trial& t, const std::string& path) {
  auto match = t.pages.find(path);
  if (match.what != page_match::outcome::found) {
    fmt::print(stderr, "freshet: {}: {}; nearest: {}\n", path,
               match.detail.empty() ? "no page has this path" : match.detail,
               fmt::join(t.pages.nearest(path), ", "));
    return exit_failed;
  }
  const auto& of = t.pages.page(match.key.page);
  const auto& page = t.settings.pages[match.key.page];
  const auto recipe = page_recipe::compile(t.settings, page, of, t.problems);
  if (!t.usable() || !t.connect()) return exit_config;
  const upstream_caller call = [&t](std::size_t upstream, upstream_request request, lane) {
    return ask_upstream(t.upstreams[upstream].get(), std::move(request));
  };
  built_document built;
  asio::co_spawn(
      t.ctx,
      build_document(&recipe, &of, match.key, {}, recipe.all(), lane::visitor, &call, &t.time),
      [&built](std::exception_ptr error, built_document made) {
        if (error) std::rethrow_exception(error);
        built = std::move(made);
      });
  t.ctx.run();
  fmt::print(stderr, "page {}, canonical path {}\n", of.name(), match.canonical);
  for (const auto& each : built.calls) print_call(t, recipe, each);
  if (built.failure) fmt::print(stderr, "failed: {}\n", built.failure->text());
  if (built.status == 0) return exit_failed;
  if (built.status != 200) fmt::print(stderr, "status {}\n", built.status);
  fmt::print("{}\n", built.body);
  return built.failure ? exit_failed : exit_ok;
}

int try_events(trial& t, const std::string& file) {
  std::ifstream in(file);
  if (!in) {
    fmt::print(stderr, "freshet: cannot read {}\n", file);
    return exit_unavailable;
  }
  metrics counts;
  rule_table rules(t.settings, t.pages, counts, t.problems);
  if (!t.usable()) return exit_config;
  rule_trial run(t.settings, t.pages, rules);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) fmt::print("{}", run.describe(line));
  fmt::print("\n{}", run.summary());
  return exit_ok;
}

}  // namespace

void add_try(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand(
      "try", "build one page now and print each upstream call; publishes nothing");
  auto options = add_config_options(*sub);
  auto path = std::make_shared<std::string>();
  auto events = std::make_shared<std::string>();
  sub->add_option("PATH", *path, "a page's path, as a visitor would write it");
  sub->add_option("--events", *events, "recorded events: which rules match, which pages they name");
  sub->callback([&chosen, options, path, events] {
    if (path->empty() && events->empty()) throw CLI::RequiredError("a PATH, or --events FILE,");
    chosen = [options, path, events]() -> int {
      auto settings = read_config(*options);
      if (!settings) return exit_config;
      trial t(std::move(*settings));
      if (!t.usable()) return exit_config;
      if (!events->empty())
        if (const int code = try_events(t, *events); code != exit_ok || path->empty()) return code;
      return build(t, *path);
    };
  });
}

}  // namespace freshet::app
