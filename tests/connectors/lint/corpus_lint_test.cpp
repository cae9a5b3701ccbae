// The configuration that is shipped for Fedora, over the recorded messages of its bus.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "connectors/lint/rule_lint.hpp"
#include "core/config/load.hpp"

namespace freshet {
namespace {

std::filesystem::path corpus() {
  if (const char* given = std::getenv("FRESHET_CORPUS")) return given;
  return FRESHET_CORPUS_FOLDER;
}

TEST(CorpusLint, TheShippedConfigurationHasNoRuleThatFallsSilent) {
  std::vector<std::string> files;
  for (const auto* name : {"fedmsg.ndjson", "bugzilla5.ndjson"})
    files.push_back((corpus() / name).string());
  if (!std::filesystem::exists(files[0])) GTEST_SKIP() << corpus() << " is not here";
  const std::vector<std::string> paths{FRESHET_SOURCE_DIR "/examples/fedora.toml"};
  const auto loaded = config::load(paths);
  ASSERT_TRUE(loaded.ok());
  metrics counts;
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(loaded.value.pages, problems);
  rule_table rules(loaded.value, pages, counts, problems);
  ASSERT_TRUE(problems.empty());
  rule_lint lint(loaded.value, pages, rules, "fedmsg");
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lint.take(line);
  }
  const auto report = lint.report();
  EXPECT_GE(report.events, 450u);
  for (const auto& f : report.findings)
    EXPECT_FALSE(f.problem) << f.rule << ": " << config::render(f.said);
}

}  // namespace
}  // namespace freshet
