#include <sys/resource.h>

#include <boost/asio/io_context.hpp>

#include "app/bench/load_run.hpp"
#include "app/client/interruptible.hpp"
#include "app/client/progress.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/bench_freshness.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"
#include "core/observe/log.hpp"
#include "core/url/percent.hpp"

namespace freshet::app {
namespace {

struct bench_arguments {
  std::size_t connections = 64, depth = 1, streams = 2000;
  double rate = 1000, events = 50'000, seconds = 10;
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
const std::vector<std::string> demo_packages = {"bash",    "curl",   "firefox", "git",
                                                "guake",   "kernel", "nodejs",  "pcp",
                                                "python3", "qemu",   "systemd", "texworks"};

std::vector<std::string> demo_targets() {
  std::vector<std::string> out;
  for (const auto& package : demo_packages) {
    for (const char* page : {"/builds.json", "/bugs.json", "/updates.json", ".json"})
      out.push_back("/packages/" + package + page);
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

/// `messages` null: nothing happens but what visitors ask for.
std::unique_ptr<child_server> start_child(const bench_arguments& from, const flood* messages,
                                          int& code) {
  std::vector<std::string> words{"demo"};
  const auto set = [&words](std::string what) {
    words.emplace_back("--set");
    words.push_back(std::move(what));
  };
  for (const char* each : {"listen=127.0.0.1:0", "admin=127.0.0.1:0", "log.format=json"}) set(each);
  for (const char* upstream : {"builds", "bugs", "updates"}) {
    set(fmt::format("upstream.{}.latency=24ms", upstream));
    set(fmt::format("upstream.{}.limits.concurrency=64", upstream));
  }
  set(fmt::format("bus.demo.rate={}", messages != nullptr ? from.rate : 0.001));
  if (messages != nullptr) {
    set("bus.flood.kind=zmq");
    set(fmt::format("bus.flood.connect=[\"{}\"]", messages->endpoint()));
  }
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

std::optional<bench_target> find_target(const bench_arguments& from, const flood* messages,
                                        int& code) {
  bench_target out;
  auto flags = from.admin;
  flags.server = from.server;
  if (from.server.empty()) {
    out.child = start_child(from, messages, code);
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
  options.stream_targets.clear();
  for (const auto& path : options.targets) {
    options.stream_targets.push_back("/.well-known/mercure?match=" +
                                     percent_encode(path, percent_set::unreserved));
  }
  options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(from.seconds * 1e9));
  return options;
}

struct one_run {
  load_report report;
  int code = exit_ok;
  bool ended = false;  // as it should
};

/// One server, loaded once. `messages` null: without a flood.
one_run load_once(const bench_arguments& arguments, flood* messages) {
  one_run out;
  const auto target = find_target(arguments, messages, out.code);
  if (!target) return out;
  if (target->child == nullptr) {
    // Nobody there is another answer than a slow server.
    const auto there = target->server->get(to_options(arguments).targets.front());
    if (!there) {
      out.code = report(there.error());
      return out;
    }
  }
  asio::io_context ctx(1);
  load_run load(ctx, *target->server, target->admin.get(), target->child.get(),
                to_options(arguments), messages);
  auto line = progress::on_stderr();
  const auto on_tick = [&] {
    if (line.due(steady_clock::now())) line.show(load.progress_text());
  };
  result<> ended;
  run_interruptible(ctx, run_into(&load, &ended), on_tick);
  line.done();
  if (!ended) fmt::print(stderr, "freshet: {}\n", ended.error().text());
  out.report = load.report();
  out.ended = static_cast<bool>(ended);
  out.code = out.ended && out.report.good() ? exit_ok : exit_failed;
  return out;
}

int bench_running_server(const bench_arguments& arguments) {
  const auto run = load_once(arguments, nullptr);
  if (run.report.seconds > 0) {
    fmt::print("{}{}", arguments.as_json ? to_json(run.report) : to_text(run.report),
               arguments.as_json ? "\n" : "");
  }
  return run.code;
}

/// Twice the same visitors and streams: alone, then while everything happens at once.
int bench_own_servers(const bench_arguments& arguments) {
  const auto calm = load_once(arguments, nullptr);
  if (!calm.ended) return calm.code;
  auto messages = flood::bind({.rate = arguments.events, .packages = demo_packages});
  if (!messages) return report(messages.error());
  const auto storm = load_once(arguments, messages->get());
  if (storm.report.seconds <= 0) return storm.code;
  const auto ratio = p99_ratio(calm.report, storm.report);
  if (arguments.as_json) {
    fmt::print("{{\"calm\":{},\"storm\":{},\"p99_ratio\":{}}}\n", to_json(calm.report),
               to_json(storm.report), ratio ? fmt::format("{:.3f}", *ratio) : "null");
  } else {
    fmt::print("calm: visitors and streams alone\n{}\nstorm: with events and refreshes\n{}\n",
               to_text(calm.report), to_text(storm.report));
    if (ratio) fmt::print("p99 in the storm is {:.2f} x the calm one\n", *ratio);
  }
  return calm.code != exit_ok ? calm.code : storm.code;
}

int bench(const bench_arguments& arguments) {
  set_up_log("auto", "info");
  raise_descriptor_limit();
  return arguments.server.empty() ? bench_own_servers(arguments) : bench_running_server(arguments);
}

void add_options(CLI::App& sub, bench_arguments& a) {
  sub.add_option("--connections", a.connections, "kept connections that ask for pages")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  sub.add_option("--depth", a.depth, "requests under way on each of them (pipelining)")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  sub.add_option("--streams", a.streams, "event streams, each watches one page")
      ->capture_default_str()
      ->check(CLI::Range(0, 10000));
  auto* rate = sub.add_option("--rate", a.rate,
                              "changes a second in the simulated upstreams, each with its event")
                   ->capture_default_str()
                   ->check(CLI::Range(0.001, 100000.0));
  auto* events = sub.add_option("--events", a.events, "further messages a second, over ZeroMQ")
                     ->capture_default_str()
                     ->check(CLI::Range(1.0, 1'000'000.0));
  sub.add_option("--seconds", a.seconds, "how long to measure, after the warm-up")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  auto* set = sub.add_option("--set", a.sets, "a.b=value, over the demo's configuration")
                  ->allow_extra_args(false);
  sub.add_option("--server", a.server, "load this running server instead of one of our own")
      ->excludes(rate)
      ->excludes(events)
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
  const auto freshness = add_bench_freshness(*sub);
  sub->footer(
      "Two servers of our own, one after the other: the calm one is only asked for pages, in the "
      "other messages pour in and pages change meanwhile. "
      "Each connection asks again when it has its answer (a closed loop), so a slow answer also "
      "delays the next question. Exit codes: 1 when an answer was no success or a connection "
      "failed, 69 when there is no server.");
  sub->callback([&chosen, a, freshness] {
    chosen = freshness.parsed() ? freshness.run : verb([a] { return bench(*a); });
  });
}

}  // namespace freshet::app
