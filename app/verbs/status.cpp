#include <array>

#include "app/client/readable.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

struct section {
  std::string_view title, target;
};
constexpr std::array<section, 3> sections{
    {{"buses", "/-/buses"}, {"upstreams", "/-/upstreams"}, {"pages", "/-/pages"}}};

/// One JSON object of the four answers as they came.
std::string join(const std::vector<std::string>& bodies) {
  std::string out = "{\"ready\":" + bodies[0];
  for (std::size_t i = 0; i < sections.size(); ++i) {
    out += fmt::format(",\"{}\":{}", sections[i].title, bodies[i + 1]);
  }
  return out + "}\n";
}

void print_section(const section& s, simdjson::dom::element document, const readable& text) {
  simdjson::dom::array rows;
  if (document.get(rows)) return;
  fmt::print("\n{}\n", s.title);
  fmt::print("{}", rows.size() == 0 ? "  none\n" : text.table(rows, 2));
}

int status(const remote_flags& flags, bool as_json) {
  int code = exit_ok;
  const auto admin = open_remote(flags, listener_kind::admin, code);
  if (!admin) return code;
  const readable text(std::chrono::system_clock::now());
  std::vector<std::string> bodies;
  json_answer ready_json;
  auto ready = admin->get("/-/ready");
  if (ready && ready->status == 503) ready->status = 200;  // an answer too: not ready, and why
  const auto state = ready_json.read(ready, code);
  if (!state) return code;
  bodies.push_back(simdjson::minify(*state));
  simdjson::dom::object members;
  if (!as_json && !state->get(members)) fmt::print("{}", text.outline(members));
  for (const auto& s : sections) {
    json_answer answer;
    const auto document = answer.read(admin->get(s.target), code);
    if (!document) return code;
    bodies.push_back(simdjson::minify(*document));
    if (!as_json) print_section(s, *document, text);
  }
  if (as_json) fmt::print("{}", join(bodies));
  return exit_ok;
}

}  // namespace

void add_status(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("status", "one screen: readiness, buses, upstreams, pages");
  const auto flags = add_remote_flags(*sub, listener_kind::admin);
  auto as_json = std::make_shared<bool>(false);
  sub->add_flag("--json", *as_json, "one JSON object: ready, buses, upstreams, pages");
  sub->footer("Exit codes: 0 printed, 1 refused, 69 no answer. For an alarm use `health`.");
  sub->callback([&chosen, flags, as_json] {
    chosen = [flags, as_json] { return status(*flags, *as_json); };
  });
}

}  // namespace freshet::app
