#include "app/verbs/page_command.hpp"

#include "app/client/plain_text.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/verbs.hpp"
#include "core/json/writer.hpp"

namespace freshet::app {
namespace {

std::string check_pattern(const std::string& text) {
  return text == "*" || to_target(text)
             ? ""
             : "expected a path or a pattern that begins with /, found `" + text + "`";
}

std::string body_of(const page_command& command) {
  std::string body;
  json::writer w(body);
  w.begin_object().key("pattern").string(to_target(command.pattern).value_or(command.pattern));
  if (command.dry_run) w.key("dry_run").boolean(true);
  w.end_object();
  return body;
}

/// Some of the paths, when the server named them.
void print_paths(simdjson::dom::element answer, std::uint64_t pages) {
  simdjson::dom::array paths;
  if (answer.at_key("paths").get(paths)) return;
  std::uint64_t shown = 0;
  for (const auto item : paths) {
    std::string_view path;
    if (item.get(path)) continue;
    fmt::print("  {}\n", printable(path));
    ++shown;
  }
  if (shown < pages) fmt::print("  and {} more\n", pages - shown);
}

}  // namespace

std::shared_ptr<page_command> add_page_command(CLI::App& sub, std::string target) {
  auto command = std::make_shared<page_command>();
  command->target = std::move(target);
  sub.add_option("PATTERN", command->pattern,
                 "a path; or with :x for one segment and a final * for any rest, such as "
                 "/packages/:name/builds.json")
      ->required()
      ->check(CLI::Validator(check_pattern, ""));
  sub.add_flag("--json", command->as_json, "the answer as it is");
  command->flags = add_remote_flags(sub, listener_kind::admin);
  sub.footer("Exit codes: 0 done, 1 refused, 69 no answer.");
  return command;
}

int run_page_command(const page_command& command) {
  int code = exit_ok;
  const auto admin = open_remote(*command.flags, listener_kind::admin, code);
  if (!admin) return code;
  const auto answer = admin->post(command.target, body_of(command));
  json_answer json;
  const auto document = json.read(answer, code);
  if (!document) return code;
  std::uint64_t pages = 0;
  if (command.as_json || document->at_key("pages").get(pages)) {
    fmt::print("{}\n", answer->body);
    return exit_ok;
  }
  fmt::print("{} page{}{}\n", pages, pages == 1 ? "" : "s", command.dry_run ? " (dry run)" : "");
  print_paths(*document, pages);
  return exit_ok;
}

}  // namespace freshet::app
