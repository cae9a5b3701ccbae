// The configuration that is shipped for Fedora, over recorded messages of its bus and over our own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "connectors/lint/rule_lint.hpp"
#include "core/config/load.hpp"

namespace freshet {
namespace {

const std::string shipped = FRESHET_SOURCE_DIR "/examples/fedora/";

std::filesystem::path corpus() {
  if (const char* given = std::getenv("FRESHET_CORPUS")) return given;
  return FRESHET_CORPUS_FOLDER;
}

lint_report lint_of(const std::vector<std::string>& recordings) {
  const std::vector<std::string> paths{shipped + "fedora.toml"};
  const auto loaded = config::load(paths);
  for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
  metrics counts;
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(loaded.value.pages, problems);
  rule_table rules(loaded.value, pages, counts, problems);
  EXPECT_TRUE(problems.empty());
  rule_lint lint(loaded.value, pages, rules, "fedmsg");
  for (const auto& file : recordings) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lint.take(line);
  }
  return lint.report();
}

TEST(CorpusLint, TheShippedConfigurationHasNoRuleThatFallsSilent) {
  std::vector<std::string> files{shipped + "events.ndjson"};
  for (const auto* name : {"fedmsg.ndjson", "bugzilla5.ndjson"})
    files.push_back((corpus() / name).string());
  if (!std::filesystem::exists(files[1])) GTEST_SKIP() << corpus() << " is not here";
  const auto report = lint_of(files);
  EXPECT_GE(report.events, 500u);
  for (const auto& f : report.findings)
    EXPECT_FALSE(f.problem) << f.rule << ": " << config::render(f.said);
}

/// S3 and its kind: every rule has an event among the shipped ones, and each names pages there are.
TEST(ShippedEvents, KeepEveryRuleBusy) {
  const auto report = lint_of({shipped + "events.ndjson"});
  EXPECT_GE(report.events, 80u);
  EXPECT_EQ(report.unread, 0u);
  for (const auto& f : report.findings)
    EXPECT_FALSE(f.problem) << f.rule << ": " << config::render(f.said);
  for (const auto& row : report.rules) EXPECT_GT(row.matched, 0u) << row.rule;
}

}  // namespace
}  // namespace freshet
