#include "core/observe/metrics.hpp"

#include <gmock/gmock.h>

#include "core/observe/process_metrics.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;

TEST(Metrics, CountersOfTwoLoopsAreAddedUp) {
  metrics m;
  auto& home = m.make_counter("freshet_x_total", "Things.", {{"kind", "a"}});
  auto& other = m.make_counter("freshet_x_total", "Things.", {{"kind", "a"}});
  home.add(2);
  other.add(40);
  EXPECT_EQ(m.scrape(),
            "# HELP freshet_x_total Things.\n# TYPE freshet_x_total counter\n"
            "freshet_x_total{kind=\"a\"} 42\n");
}

TEST(Metrics, LabelValuesAreEscaped) {
  metrics m;
  m.make_counter("freshet_x_total", "Things.", {{"topic", "a\"b\\c\nd"}});
  EXPECT_THAT(m.scrape(), HasSubstr(R"(topic="a\"b\\c\nd")"));
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  metrics m;
  auto& h = m.make_histogram("freshet_wait_seconds", "Waits.");
  h.observe(0.0004);
  h.observe(0.3);
  h.observe(99);
  const auto text = m.scrape();
  EXPECT_THAT(text, HasSubstr("freshet_wait_seconds_bucket{le=\"0.0005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("freshet_wait_seconds_bucket{le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("freshet_wait_seconds_bucket{le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("freshet_wait_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("freshet_wait_seconds_count 3\n"));
}

TEST(Metrics, GaugesAreAskedAtScrapeTime) {
  metrics m;
  double queue = 1;
  m.make_gauge("freshet_queue_pages", "Pages.", [&] { return queue; });
  queue = 7;
  EXPECT_THAT(m.scrape(), HasSubstr("freshet_queue_pages 7\n"));
}

TEST(Metrics, ASetOfGaugesIsDroppedAsOne) {
  metrics m;
  m.make_gauge("kept", "K.", [] { return 1.0; });
  const auto set = m.begin_gauge_set();
  m.make_gauge("old", "O.", [] { return 2.0; });
  m.begin_gauge_set();
  m.make_gauge("old", "O.", [] { return 3.0; });
  m.drop_gauge_set(set);
  const auto text = m.scrape();
  EXPECT_THAT(text, HasSubstr("kept 1\n"));
  EXPECT_THAT(text, HasSubstr("old 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("old 2\n")));
}

TEST(Metrics, NoSeriesStandsTwice) {
  metrics m;
  m.make_gauge("up", "U.", [] { return 1.0; }, {{"bus", "a"}});
  m.make_gauge("up", "U.", [] { return 2.0; }, {{"bus", "b"}});
  m.make_gauge("up", "U.", [] { return 3.0; }, {{"bus", "a"}});
  EXPECT_EQ(m.scrape(), "# HELP up U.\n# TYPE up gauge\nup{bus=\"a\"} 3\nup{bus=\"b\"} 2\n");
}

TEST(Metrics, TheProcessTellsWhatDashboardsAskFor) {
  metrics m;
  register_process_metrics(m);
  const auto text = m.scrape();
  const auto value = [&text](std::string_view name) {
    const auto at = text.find("\n" + std::string(name) + " ");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + 2 + name.size()));
  };
  EXPECT_GT(value("process_start_time_seconds"), 1.7e9);
  EXPECT_GT(value("process_resident_memory_bytes"), 1e5);
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
}

TEST(Metrics, ACounterThatSomebodyElseKeepsIsACounter) {
  metrics m;
  double kept = 2;
  m.make_asked_counter("freshet_x_total", "Things.", [&] { return kept; }, {{"kind", "a"}});
  kept = 3;
  EXPECT_EQ(m.scrape(),
            "# HELP freshet_x_total Things.\n# TYPE freshet_x_total counter\n"
            "freshet_x_total{kind=\"a\"} 3\n");
}

}  // namespace
}  // namespace freshet
