#include "app/client/interruptible.hpp"
#include "app/client/progress.hpp"
#include "app/exit_code.hpp"
#include "app/replay/player.hpp"
#include "app/verbs/verbs.hpp"
#include "core/async/tokens.hpp"
#include "core/config/scalars.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

constexpr std::uint64_t named_bad_lines_max = 20;

struct replay_arguments {
  std::string file, endpoint, rate, speed;
  bool loop = false;
};

/// `50/s`, or a number alone, which is events a second.
std::optional<double> rate_of(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789.") == std::string::npos;
  const auto rate = config::parse_rate(digits ? text + "/s" : text);
  if (!rate || *rate <= 0) return {};
  return *rate;
}

/// `10` or `10x`. A rate's number has the same form.
std::optional<double> speed_of(std::string text) {
  if (text.ends_with('x')) text.pop_back();
  if (text.find_first_not_of("0123456789.") != std::string::npos) return {};
  return rate_of(text);
}

std::string check_rate(const std::string& text) {
  return rate_of(text) ? "" : "expected a rate such as 50/s, found `" + text + "`";
}
std::string check_speed(const std::string& text) {
  return speed_of(text) ? "" : "expected a factor such as 10, found `" + text + "`";
}
std::string check_endpoint(const std::string& text) {
  const bool known = text.starts_with("tcp://") || text.starts_with("ipc://");
  return known ? "" : "expected an endpoint such as tcp://127.0.0.1:9940, found `" + text + "`";
}

replay_options to_options(const replay_arguments& from) {
  replay_options options;
  options.file = from.file;
  options.endpoint = from.endpoint;
  options.loop = from.loop;
  if (!from.rate.empty()) options.pace = pacer::at_rate(*rate_of(from.rate));
  if (!from.speed.empty()) options.pace = pacer::at_speed(*speed_of(from.speed));
  return options;
}

std::string describe(const player& p) {
  const auto& reader = p.reader();
  auto text = fmt::format("replay: {} messages published", p.counts().sent);
  if (p.counts().bad > 0) text += fmt::format(", {} bad lines", p.counts().bad);
  if (reader.bytes_total() > 0) {
    text += fmt::format(", {} % of round {}", 100 * reader.bytes() / reader.bytes_total(),
                        p.counts().rounds + 1);
  }
  return text;
}

std::string_view sentence_of(std::string_view why) {
  if (why == "malformed") return "not a JSON object that can be read";
  if (why == "bad_topic") return "no `topic`, or none that can be published";
  if (why == "too_large") return "too large";
  return why;
}

asio::awaitable<void> play(player* p, result<>* ended) {
  *ended = co_await p->wait_for_subscriber();
  if (*ended) *ended = co_await p->run();
}

/// As it was asked for; what libzmq made of it only where it chose the port.
std::string shown(const replay_arguments& arguments, const player& p) {
  const bool chosen = arguments.endpoint.ends_with(":*") || arguments.endpoint.ends_with(":0");
  return chosen ? p.endpoint() : arguments.endpoint;
}

int report(const player& p, bool by_itself, const result<>& ended, bool loop) {
  const auto& counts = p.counts();
  fmt::print("published {} messages, {} bad lines\n", counts.sent, counts.bad);
  if (!by_itself) return loop ? exit_ok : exit_failed;
  if (!ended && ended.error().code == errc::timed_out) {
    fmt::print(stderr, "freshet: nobody subscribed within 10 s\n");
    return exit_unavailable;
  }
  if (!ended) {
    fmt::print(stderr, "freshet: {}\n", ended.error().text());
    return exit_failed;
  }
  const bool useless = counts.sent == 0 && counts.bad > 0;
  return useless ? exit_failed : exit_ok;
}

int replay(const replay_arguments& arguments) {
  set_up_log("auto", "info");
  std::uint64_t named = 0;
  auto line = progress::on_stderr();
  const auto on_bad = [&](std::uint64_t number, std::string_view why) {
    if (++named > named_bad_lines_max) return;
    line.done();
    fmt::print(stderr, "{}:{}: {}\n", arguments.file, number, sentence_of(why));
    if (named == named_bad_lines_max) fmt::print(stderr, "further bad lines are only counted\n");
  };
  asio::io_context ctx(1);
  auto opened = player::open(ctx.get_executor(), to_options(arguments), on_bad);
  if (!opened) {
    fmt::print(stderr, "freshet: {}\n", opened.error().text());
    return exit_failed;
  }
  auto& p = **opened;
  fmt::print(stderr, "publishing at {}, waiting for a subscriber\n", shown(arguments, p));
  result<> ended;
  const auto on_tick = [&] {
    if (line.due(steady_clock::now())) line.show(describe(p));
  };
  const bool by_itself = run_interruptible(ctx, play(&p, &ended), on_tick);
  line.done();
  if (p.counts().sent > 0) p.finish();
  return report(p, by_itself, ended, arguments.loop);
}

}  // namespace

void add_replay(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("replay", "publish recorded events on a ZeroMQ endpoint");
  auto a = std::make_shared<replay_arguments>();
  auto* file = sub->add_option("FILE", a->file, "NDJSON, one event a line; - is standard input");
  file->required();
  sub->add_option("--to", a->endpoint, "where to bind, such as tcp://127.0.0.1:9940")
      ->required()
      ->check(CLI::Validator(check_endpoint, "ENDPOINT"));
  auto* rate = sub->add_option("--rate", a->rate, "events a second, such as 50/s");
  rate->check(CLI::Validator(check_rate, "N/s"));
  sub->add_option("--speed", a->speed, "as recorded, X times as fast")
      ->excludes(rate)
      ->check(CLI::Validator(check_speed, "X"));
  sub->add_flag("--loop", a->loop, "again and again, until interrupted");
  sub->footer(
      "Frame 1 is the line's `topic`, frame 2 the line. Exit codes: 69 when nobody "
      "subscribes within 10 s.");
  sub->callback([&chosen, a] {
    if (a->loop && a->file == "-") {
      throw CLI::ValidationError("--loop", "standard input cannot be read twice");
    }
    chosen = [a] { return replay(*a); };
  });
}

}  // namespace freshet::app
