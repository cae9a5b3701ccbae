#include <unistd.h>

#include "app/client/plain_text.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

void print_head(const client_answer& answer) {
  fmt::print(stderr, "HTTP/1.1 {}\n", answer.status);
  for (const auto& [name, value] : answer.headers) {
    fmt::print(stderr, "{}: {}\n", printable(name), printable(value));
  }
  fmt::print(stderr, "\n");
}

int get(const remote_flags& flags, const std::string& path, bool head) {
  int code = exit_ok;
  const auto server = open_remote(flags, listener_kind::server, code);
  if (!server) return code;
  const auto answer = server->get(*to_target(path));
  if (!answer) return report(answer.error());
  if (head) print_head(*answer);
  const auto& body = answer->body;
  std::fwrite(body.data(), 1, body.size(), stdout);
  if (!body.empty() && body.back() != '\n' && ::isatty(STDOUT_FILENO) == 1) std::putchar('\n');
  if (std::fflush(stdout) != 0) return exit_failed;
  return succeeded(*answer) ? exit_ok : exit_failed;
}

}  // namespace

void add_get(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("get", "print a page as the running server serves it");
  auto path = std::make_shared<std::string>();
  auto head = std::make_shared<bool>(false);
  sub->add_option("PATH", *path, "such as /packages/guake.json")->required()->check(page_path());
  sub->add_flag("-i,--include", *head, "the answer's head too, on stderr");
  const auto flags = add_remote_flags(*sub, listener_kind::server);
  sub->footer("Exit codes: 0 a 2xx answer, 1 any other, 69 no answer.");
  sub->callback([&chosen, flags, path, head] {
    chosen = [flags, path, head] { return get(*flags, *path, *head); };
  });
}

}  // namespace freshet::app
