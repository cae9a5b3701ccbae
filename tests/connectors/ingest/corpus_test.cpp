// The recorded messages of the Fedora bus through decoder, rules and marks.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/connectors/ingest/pages.hpp"

namespace freshet {
namespace {

std::filesystem::path corpus() {
  if (const char* given = std::getenv("FRESHET_CORPUS")) return given;
  return FRESHET_CORPUS_FOLDER;
}

constexpr std::string_view fedora = R"(
[bus.fedmsg]
kind = "zmq"
connect = ["tcp://127.0.0.1:1"]
[upstream.u]
kind = "http"
url = "http://127.0.0.1:3"
[[tag]]
topic = "org.fedoraproject.*.buildsys.build.state.change"
set = { package = "/msg/name" }
[[tag]]
topic = "org.fedoraproject.*.git.receive.#"
set = { package = ["/msg/commit/repo", "/msg/repo"] }
[page.builds]
path = "/packages/{package}.json"
fetch = [{ upstream = "u", get = "/x" }]
on = [{ topic = ["#.buildsys.#", "#.git.#"], by = ["package"] }]
[page.all]
path = "/all.json"
fetch = [{ upstream = "u", get = "/x" }]
on = [{ topic = "#", all = true }]
)";

TEST(Corpus, EveryRecordedMessageIsTakenAndNoneIsLost) {
  std::ifstream file(corpus() / "fedmsg.ndjson");
  if (!file) GTEST_SKIP() << "no recorded messages at " << corpus() << " (FRESHET_CORPUS)";
  test::ingest_world w(fedora);
  w.creates = [](class_id page) { return page == 0; };
  const auto all = w.know("/all.json");
  message_decoder decoder("fedmsg", 1u << 20);
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    ++lines;
    const auto got = decoder.decode_line(line);
    ASSERT_TRUE(got) << got.drop << ", line " << lines;
    const auto before = w.status(all).want;
    const auto duplicates = w.events->report(0).duplicates;
    w.events->take(0, got.value);
    if (w.events->report(0).duplicates == duplicates) {
      ASSERT_GT(w.status(all).want, before) << "line " << lines;
    }
  }
  const auto report = w.events->report(0);
  EXPECT_EQ(lines, 454u);
  EXPECT_EQ(report.messages, 454u);
  EXPECT_EQ(report.dropped, 0u);
  EXPECT_EQ(report.duplicates, 0u);
  EXPECT_EQ(w.metric("freshet_bus_failed_total{bus=\"fedmsg\"}"), "0");
  EXPECT_EQ(w.store->known(), 3u);
  EXPECT_NE(w.store->find("/packages/eclipse-ptp.json"), no_page) << "a build made it known";
  EXPECT_NE(w.store->find("/packages/valgrind.json"), no_page) << "a commit did";
}

}  // namespace
}  // namespace freshet
