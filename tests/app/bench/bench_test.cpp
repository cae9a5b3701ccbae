#include <gtest/gtest.h>

#include "core/json/validate.hpp"
#include "tests/app/cli.hpp"

namespace freshet::app {
namespace {

double number(simdjson::dom::element in, std::string_view pointer) {
  double value = -1;
  EXPECT_EQ(in.at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer;
  return value;
}

/// Counts only: how fast it went is nobody's business here.
TEST(Bench, AShortRunCountsRequestsEventsAndStreams) {
  const auto got = test::freshet({"bench",
                                  "--program",
                                  FRESHET_PROGRAM,
                                  "--seconds",
                                  "1",
                                  "--connections",
                                  "4",
                                  "--depth",
                                  "2",
                                  "--streams",
                                  "48",
                                  "--events",
                                  "500",
                                  "--rate",
                                  "200",
                                  "--set",
                                  "upstream.bugs.latency=20ms",
                                  "--set",
                                  "upstream.builds.latency=20ms",
                                  "--set",
                                  "upstream.updates.latency=20ms",
                                  "--json"});
  EXPECT_EQ(got.code, exit_ok) << got.err << got.out;
  json::reader reader(1u << 20);
  const auto found = reader.read(got.out);
  ASSERT_TRUE(found) << got.out;
  EXPECT_GT(number(*found, "/calm/requests"), 0);
  EXPECT_EQ(number(*found, "/calm/failures"), 0);
  EXPECT_GT(number(*found, "/p99_ratio"), 0);
  const auto storm = found->at_key("storm").value();
  for (const char* pointer :
       {"/requests", "/requests_per_second", "/bytes", "/latency/p50", "/latency/p99",
        "/latency/p99.9", "/stream_events", "/server/bus_events", "/server/refreshes",
        "/server/stream_events", "/server/event_to_push/count", "/server/event_to_push/p50",
        "/flood/sent", "/flood/taken", "/flood/waits/count", "/flood/waits/max",
        "/process/peak_memory"}) {
    EXPECT_GT(number(storm, pointer), 0) << pointer;
  }
  EXPECT_EQ(number(storm, "/streams_open"), 48);
  EXPECT_EQ(number(storm, "/failures"), 0);
  EXPECT_LE(number(storm, "/flood/taken"), number(storm, "/flood/sent"));
  EXPECT_EQ(number(storm, "/statuses/200"), number(storm, "/requests")) << got.out;
  EXPECT_GE(number(storm, "/latency/p99.9"), number(storm, "/latency/p50"));
}

TEST(Bench, WithoutAServerItSaysSo) {
  const auto refused = test::freshet({"bench", "--server", "http://127.0.0.1:1"});
  EXPECT_EQ(refused.code, exit_unavailable);
  EXPECT_NE(refused.err.find("127.0.0.1:1"), std::string::npos) << refused.err;
  const auto ended = test::freshet({"bench", "--program", FRESHET_PROGRAM, "--set", "nonsense=1"});
  EXPECT_EQ(ended.code, exit_config);
  EXPECT_NE(ended.err.find("the server ended at once"), std::string::npos) << ended.err;
}

TEST(Bench, RefusesWhatItCannotDo) {
  EXPECT_EQ(test::freshet({"bench", "--connections", "0"}).code, exit_usage);
  EXPECT_EQ(test::freshet({"bench", "--path", "no-slash"}).code, exit_usage);
  EXPECT_EQ(test::freshet({"bench", "--server", "ftp://x"}).code, exit_usage);
  EXPECT_EQ(test::freshet({"bench", "--server", "http://x", "--rate", "5"}).code, exit_usage);
  EXPECT_EQ(test::freshet({"bench", "freshness", "--seeds", "0"}).code, exit_usage);
}

std::string output_of(const std::string& command) {
  std::string out;
  auto* const from = ::popen(command.c_str(), "r");
  if (from == nullptr) return out;
  for (int c = std::fgetc(from); c != EOF; c = std::fgetc(from)) out += static_cast<char>(c);
  return ::pclose(from) == 0 ? out : "";
}

// Two processes: what a hash table's seed or an address decides differs between them.
TEST(BenchFreshness, IsReproducibleToTheDigit) {
  const std::string command = FRESHET_PROGRAM " bench freshness --seed 3 --seeds 1";
  const auto once = output_of(command);
  EXPECT_NE(once.find("delete on notify"), std::string::npos) << once;
  EXPECT_EQ(once, output_of(command));
}

}  // namespace
}  // namespace freshet::app
