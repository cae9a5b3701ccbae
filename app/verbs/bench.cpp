#include <sys/resource.h>

#include <boost/asio/io_context.hpp>

#include "app/bench/load_run.hpp"
#include "app/client/interruptible.hpp"
#include "app/client/progress.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

struct bench_arguments {
  std::size_t connections = 64, depth = 1, streams = 200;
  double rate = 50, seconds = 10;
  std::string server;
  remote_flags admin;
  std::vector<std::string> paths, sets;
  std::string program = "/proc/self/exe";
  bool as_json = false;
};

/// Where the load goes, and the process that belongs to us (null with --server).
struct bench_target {
  std::unique_ptr<child_server> child;
  std::unique_ptr<remote> server, admin;
};

/// What the demo has: twelve packages with four pages each.
std::vector<std::string> demo_targets() {
  std::vector<std::string> out;
  for (const char* package : {"bash", "curl", "firefox", "git", "guake", "kernel", "nodejs", "pcp",
                              "python3", "qemu", "systemd", "texworks"}) {
    for (const char* page : {"/builds.json", "/bugs.json", "/updates.json", ".json"})
      out.push_back(std::string("/packages/") + package + page);
  }
  return out;
}

/// Both processes need a descriptor for each connection; the child inherits the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::unique_ptr<child_server> start_child(const bench_arguments& from, int& code) {
  std::vector<std::string> words{"demo"};
  const auto set = [&words](std::string what) {
    words.emplace_back("--set");
    words.push_back(std::move(what));
  };
  for (const char* each : {"listen=127.0.0.1:0", "admin=127.0.0.1:0", "log.format=json"}) set(each);
  set(fmt::format("bus.demo.rate={}", from.rate));
  for (const auto& each : from.sets) set(each);
  auto child = child_server::start(from.program, std::move(words));
  result<> listening;
  if (child) listening = (*child)->wait_until_listening(std::chrono::seconds(30));
  if (child && listening) return std::move(*child);
  const auto& why = child ? listening.error() : child.error();
  fmt::print(stderr, "freshet: {}\n", why.text());
  code = child && (*child)->stop() == exit_config ? exit_config : exit_unavailable;
  return nullptr;
}

std::optional<bench_target> find_target(const bench_arguments& from, int& code) {
  bench_target out;
  auto flags = from.admin;
  flags.server = from.server;
  if (from.server.empty()) {
    out.child = start_child(from, code);
    if (!out.child) return {};
    flags.server = out.child->server();
    flags.admin = out.child->admin();
  }
  out.server = open_remote(flags, listener_kind::server, code);
  if (!out.server) return {};
  out.admin = open_remote(flags, listener_kind::admin, code);
  if (!out.admin) return {};
  code = exit_usage;
  if (out.server->connection().tls) {
    fmt::print(stderr, "freshet: --server: a load run speaks plain http only\n");
    return {};
  }
  return out;
}

asio::awaitable<void> run_into(load_run* load, result<>* ended) { *ended = co_await load->run(); }

load_options to_options(const bench_arguments& from) {
  load_options options;
  options.targets = from.paths.empty() ? demo_targets() : from.paths;
  options.connections = from.connections;
  options.depth = from.depth;
  options.streams = from.streams;
  options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(from.seconds * 1e9));
  return options;
}

int bench(const bench_arguments& arguments) {
  set_up_log("auto", "info");
  raise_descriptor_limit();
  int code = exit_ok;
  const auto target = find_target(arguments, code);
  if (!target) return code;
  if (target->child == nullptr) {
    // Nobody there is another answer than a slow server.
    const auto there = target->server->get(to_options(arguments).targets.front());
    if (!there) return report(there.error());
  }
  asio::io_context ctx(1);
  load_run load(ctx, *target->server, target->admin.get(), target->child.get(),
                to_options(arguments));
  auto line = progress::on_stderr();
  const auto on_tick = [&] {
    if (line.due(steady_clock::now())) line.show(load.progress_text());
  };
  result<> ended;
  run_interruptible(ctx, run_into(&load, &ended), on_tick);
  line.done();
  const auto& found = load.report();
  if (!ended) fmt::print(stderr, "freshet: {}\n", ended.error().text());
  if (found.seconds > 0) {
    fmt::print("{}{}", arguments.as_json ? to_json(found) : to_text(found),
               arguments.as_json ? "\n" : "");
  }
  return ended && found.good() ? exit_ok : exit_failed;
}

int bench_freshness() {
  fmt::print(stderr, "freshet: bench freshness: known, not built in\n");
  return exit_config;
}

void add_options(CLI::App& sub, bench_arguments& a) {
  sub.add_option("--connections", a.connections, "kept connections that ask for pages")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  sub.add_option("--depth", a.depth, "requests under way on each of them (pipelining)")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  sub.add_option("--streams", a.streams, "event streams that watch every page")
      ->capture_default_str()
      ->check(CLI::Range(0, 10000));
  auto* rate = sub.add_option("--rate", a.rate, "events a second from the simulated bus")
                   ->capture_default_str()
                   ->check(CLI::Range(0.001, 100000.0));
  sub.add_option("--seconds", a.seconds, "how long to measure, after the warm-up")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  auto* set = sub.add_option("--set", a.sets, "a.b=value, over the demo's configuration")
                  ->allow_extra_args(false);
  sub.add_option("--server", a.server, "load this running server instead of one of our own")
      ->excludes(rate)
      ->excludes(set);
  sub.add_option("--admin", a.admin.admin, "with --server: where its metrics are")
      ->capture_default_str();
  sub.add_option("--token", a.admin.token, "with --admin: the admin token, as for `status`");
  sub.add_option("--path", a.paths, "ask for these pages instead of the demo's")
      ->check(page_path())
      ->allow_extra_args(false);
  sub.add_flag("--json", a.as_json, "one JSON object; durations in seconds, sizes in bytes");
  sub.add_option("--program", a.program, "the server to start")->group("");  // for tests
}

}  // namespace

void add_bench(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand(
      "bench", "a load run on loopback: requests, events and event streams at once");
  auto a = std::make_shared<bench_arguments>();
  add_options(*sub, *a);
  auto* freshness = sub->add_subcommand("freshness", "how old what visitors see is");
  sub->footer(
      "Each connection asks again when it has its answer (a closed loop), so a slow answer also "
      "delays the next question. Exit codes: 1 when an answer was no success or a connection "
      "failed, 69 when there is no server.");
  sub->callback([&chosen, a, freshness] {
    const bool other = freshness->parsed();
    chosen = [a, other] { return other ? bench_freshness() : bench(*a); };
  });
}

}  // namespace freshet::app
