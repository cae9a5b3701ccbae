#include "app/client/plain_text.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

void print_list(std::string_view title, simdjson::dom::element ready, std::string_view key) {
  simdjson::dom::array items;
  if (ready.at_key(key).get(items)) return;
  for (const auto item : items) {
    std::string_view text;
    if (!item.get(text)) fmt::print("{}: {}\n", title, printable(text));
  }
}

int health(const remote_flags& flags, bool strict) {
  int code = exit_ok;
  const auto admin = open_remote(flags, listener_kind::admin, code);
  if (!admin) return code;
  const auto answer = admin->get(strict ? "/-/ready?strict" : "/-/ready");
  if (!answer) return report(answer.error());
  // 503 is an answer about readiness as well, and says what is missing.
  json::reader reader(1u << 20);
  const auto document = reader.read(answer->body);
  bool ready = false;
  if (!document || document->at_key("ready").get(ready)) {
    fmt::print(stderr, "freshet: {}\n", describe_status(*answer));
    return exit_failed;
  }
  const bool healthy = answer->status == 200;
  fmt::print("{}\n", healthy ? "ready"
                     : ready ? "ready, but not as strictly as asked"
                             : "not ready");
  print_list("missing", *document, "missing");
  print_list("degraded", *document, "degraded");
  return healthy ? exit_ok : exit_failed;
}

}  // namespace

void add_health(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("health", "whether the running server is ready, as an exit code");
  const auto flags = add_remote_flags(*sub, listener_kind::admin);
  flags->timeout = "5s";
  sub->get_option("--timeout")->default_str(flags->timeout);
  auto strict = std::make_shared<bool>(false);
  sub->add_flag("--strict", *strict, "not ready also while a bus is down, silent or lagging");
  sub->footer("Exit codes: 0 ready, 1 not ready, 69 no answer.");
  sub->callback(
      [&chosen, flags, strict] { chosen = [flags, strict] { return health(*flags, *strict); }; });
}

}  // namespace freshet::app
