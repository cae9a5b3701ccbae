// Which things recorded messages are about, as Fedora's own rules see them, and as ours do.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/json/pointer.hpp"
#include "tests/connectors/rules/fedora_rules.hpp"

namespace freshet {
namespace {

using simdjson::dom::element;

std::filesystem::path corpus() {
  if (const char* given = std::getenv("FRESHET_CORPUS")) return given;
  return FRESHET_CORPUS_FOLDER;
}

std::string family_of(std::string_view topic) {
  for (int i = 0; i < 3 && topic.find('.') != std::string_view::npos; ++i)
    topic.remove_prefix(topic.find('.') + 1);
  return std::string(topic.substr(0, topic.find('.')));
}

std::optional<std::set<std::string>> wanted(element record, std::string_view what) {
  simdjson::dom::array listed;
  if (record[what].get(listed)) return {};
  std::set<std::string> out;
  for (const element one : listed) out.emplace(one.get_string().value());
  return out;
}

struct tally {
  std::map<std::string, std::pair<int, int>> families;  // matched, all
  int matched = 0, all = 0;
  void add(const std::string& family, bool is) {
    auto& [good, sum] = families[family];
    good += is;
    ++sum;
    matched += is;
    ++all;
  }
  void print(const char* what) const {
    for (const auto& [family, of] : families)
      std::printf("  %-12s %-16s %3d/%d\n", what, family.c_str(), of.first, of.second);
    std::printf("  %-12s %-16s %3d/%d\n", what, "all", matched, all);
  }
};

TEST(FedoraOracle, OurRulesNameThePackagesThatFedoraNames) {
  const auto file = corpus() / "oracle.ndjson";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  test::fedora_rules rules;
  simdjson::dom::parser parser;
  tally packages, users;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const element record = parser.parse(line).value();
    const auto message = simdjson::to_string(record["message"]);
    const std::string_view topic = record["message"]["topic"].get_string().value();
    auto named = rules.names(message);
    if (const auto want = wanted(record, "packages")) {
      packages.add(family_of(topic), named["package"] == *want);
      if (named["package"] != *want)
        std::printf("%s\n", ("  differs: " + std::string(topic)).c_str());
    }
    if (const auto want = wanted(record, "usernames")) {
      users.add(family_of(topic), named["user"] == *want);
      if (named["user"] != *want)
        std::printf("%s\n", ("  differs in users: " + std::string(topic)).c_str());
    }
  }
  packages.print("packages");
  users.print("users");
  EXPECT_GE(packages.all, 270);
  EXPECT_EQ(packages.matched, packages.all);
  // Accounts behind foreign mail addresses and chat names are in no message.
  EXPECT_GE(users.matched * 100, users.all * 95);
}

}  // namespace
}  // namespace freshet
