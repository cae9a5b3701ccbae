#include "app/client/readable.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"
#include "core/url/percent.hpp"

namespace freshet::app {
namespace {

struct explain_arguments {
  std::string path, event;
  bool as_json = false;
};

std::string target_of(const explain_arguments& a) {
  if (!a.event.empty()) {
    return "/-/explain?event=" + percent_encode(a.event, percent_set::unreserved);
  }
  return "/-/explain?page=" + percent_encode(*to_target(a.path), percent_set::unreserved);
}

int explain(const remote_flags& flags, const explain_arguments& a) {
  int code = exit_ok;
  const auto admin = open_remote(flags, listener_kind::admin, code);
  if (!admin) return code;
  const auto answer = admin->get(target_of(a));
  json_answer json;
  const auto document = json.read(answer, code);
  if (!document) return code;
  simdjson::dom::object members;
  if (a.as_json || document->get(members)) {
    fmt::print("{}\n", answer->body);
  } else {
    fmt::print("{}", readable(std::chrono::system_clock::now()).outline(members));
  }
  return exit_ok;
}

}  // namespace

void add_explain(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("explain",
                                 "why a page is as it is: its cause, its parts, what happens next");
  auto a = std::make_shared<explain_arguments>();
  auto* path = sub->add_option("PATH", a->path, "such as /packages/guake.json");
  path->check(page_path());
  auto* event = sub->add_option("--event", a->event, "instead: what the event of this id did");
  event->excludes(path);
  sub->add_flag("--json", a->as_json, "the answer as it is");
  const auto flags = add_remote_flags(*sub, listener_kind::admin);
  sub->footer("Exit codes: 0 explained, 1 not known, 69 no answer.");
  sub->callback([&chosen, flags, a] {
    if (a->path.empty() && a->event.empty()) throw CLI::RequiredError("PATH or --event");
    chosen = [flags, a] { return explain(*flags, *a); };
  });
}

}  // namespace freshet::app
