#include "app/verbs/lint_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "app/client/plain_text.hpp"
#include "app/client/progress.hpp"
#include "app/exit_code.hpp"
#include "app/replay/line_reader.hpp"
#include "connectors/lint/rule_lint.hpp"
#include "core/config/problems.hpp"

namespace freshet::app {
namespace {

namespace asio = boost::asio;
using line_visitor = std::function<void(const line_reader::line& line)>;

struct reading {
  result<> ended{};
  const line_visitor& visit;
};

asio::awaitable<void> read_all(line_reader* from, reading* r) {
  auto shown = progress::on_stderr();
  for (;;) {
    const auto line = co_await from->next();
    if (!line) r->ended = line.error();
    if (!line || !*line) co_return;
    r->visit(**line);
    if (shown.due(steady_clock::now())) shown.show(fmt::format("{} lines", (**line).number));
  }
}

/// Each line of a file. False, and said why, when it cannot be read.
bool each_line(const std::string& file, const line_visitor& visit) {
  asio::io_context ctx{1};
  auto reader = line_reader::open(ctx.get_executor(), file, rule_lint::message_max);
  if (!reader) {
    fmt::print(stderr, "freshet: {}\n", reader.error().detail);
    return false;
  }
  reading r{.visit = visit};
  asio::co_spawn(ctx, read_all(reader->get(), &r), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  ctx.run();
  if (!r.ended) fmt::print(stderr, "freshet: {}: {}\n", file, r.ended.error().text());
  return r.ended.has_value();
}

std::string bus_of(const config::settings& settings, const lint_arguments& a) {
  if (!a.bus.empty()) return a.bus;
  return settings.buses.empty() ? "recorded" : settings.buses.front().name;
}

bool is_bus(const config::settings& settings, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& bus : settings.buses) known.push_back(bus.name);
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return true;
  const auto hint = config::did_you_mean(name, known);
  fmt::print(stderr, "freshet: --bus: there is no bus `{}`{}{}\n", name, hint.empty() ? "" : "; ",
             hint);
  return false;
}

/// Topics and values come from other people: nothing of them may reach a terminal as it is.
void print_plain(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    fmt::print("{}\n", printable(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

int lint_events(const config::settings& settings, const site& pages, const lint_arguments& a) {
  if (!is_bus(settings, a.bus)) return exit_usage;
  metrics counts;
  std::vector<config::diagnostic> problems;
  rule_table rules(settings, pages, counts, problems);
  rule_lint lint(settings, pages, rules, bus_of(settings, a));
  std::size_t strangers = 0;
  const bool known = a.paths.empty() || each_line(a.paths, [&](const line_reader::line& line) {
                       if (!lint.know(line.text)) ++strangers;
                     });
  const bool read = known && each_line(a.events, [&](const line_reader::line& line) {
                      lint.at(line.number);
                      line.too_long ? lint.skip() : lint.take(line.text);
                    });
  if (!read) return exit_unavailable;
  auto report = lint.report();
  for (auto& f : report.findings)
    if (std::find(a.allow.begin(), a.allow.end(), name_of(f.kind)) != a.allow.end())
      f.problem = false;
  if (a.as_json) {
    fmt::print("{}\n", report.json());
  } else {
    print_plain(report.text());
    if (strangers > 0) fmt::print("{} lines of {} are the path of no page\n", strangers, a.paths);
  }
  return report.problems() == 0 ? exit_ok : exit_failed;
}

}  // namespace freshet::app
