#include <fstream>
#include <set>
#include <sstream>

#include "core/config/load.hpp"
#include "tests/app/cli.hpp"

namespace freshet::app {
namespace {

std::string read(const std::string& name) {
  std::ifstream file(FRESHET_SOURCE_DIR "/docs/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

/// The blocks fenced as ```toml.
std::vector<std::string> toml_blocks(const std::string& text) {
  std::vector<std::string> out;
  const std::string open = "```toml\n";
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    out.push_back(text.substr(at, text.find("```\n", at) - at));
  }
  return out;
}

/// Blocks may refer to a bus and an upstream that stand elsewhere on the page.
std::string completed(std::string block) {
  const std::string url = "url = \"http://127.0.0.1:7000\"\n";
  for (const auto& [name, kind] : {std::pair<std::string, std::string>{"bodhi", "http"},
                                   {"koji", "koji"},
                                   {"bugzilla", "bugzilla"},
                                   {"scripts", "exec"}}) {
    if (block.find("[upstream." + name + "]") != std::string::npos) continue;
    block += "\n[upstream." + name + "]\nkind = \"" + kind + "\"\n" + (kind == "exec" ? "" : url);
  }
  if (block.find("[bus.fedmsg]") == std::string::npos) {
    block += "\n[bus.fedmsg]\nkind = \"zmq\"\nconnect = \"tcp://127.0.0.1:9940\"\n";
  }
  return block;
}

TEST(Docs, EveryExampleIsAccepted) {
  std::size_t blocks = 0;
  for (const char* name : {"configuration.md", "deploy.md"}) {
    for (const auto& block : toml_blocks(read(name))) {
      ++blocks;
      const auto loaded = config::parse(completed(block), name);
      for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
    }
  }
  EXPECT_GE(blocks, 10u);
}

/// The keys of the printed defaults, which a test of core holds to what the reader takes.
std::set<std::string> all_keys() {
  std::set<std::string> out;
  std::istringstream lines{std::string(config::defaults_text())};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) line.erase(0, 1);
    const auto end = line.find(" = ");
    if (end == std::string::npos || line.find_first_of(" [#") < end) continue;
    out.insert(line.substr(0, end));
  }
  return out;
}

TEST(Docs, EveryKeyOfTheConfigurationIsExplained) {
  const auto keys = all_keys();
  EXPECT_GE(keys.size(), 50u);
  const auto text = read("configuration.md");
  for (const auto& key : keys) {
    const bool named = text.find("`" + key + "`") != std::string::npos ||
                       text.find("." + key + "`") != std::string::npos ||
                       text.find("`" + key + ".") != std::string::npos;
    EXPECT_TRUE(named) << key;
  }
}

/// `--name` words of a help text.
std::set<std::string> options_of(const std::string& help) {
  std::set<std::string> out;
  for (auto at = help.find("--"); at != std::string::npos; at = help.find("--", at + 2)) {
    const auto end = help.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    out.insert(help.substr(at, end - at));
  }
  out.erase("--help");
  return out;
}

TEST(Docs, EveryVerbAndItsOptionsAreExplained) {
  const auto text = read("cli.md");
  for (const std::string name : {"replay", "get", "watch", "tail", "status", "explain", "coverage",
                                 "rebuild", "purge", "health", "init"}) {
    EXPECT_NE(text.find("### freshet " + name), std::string::npos) << name;
    for (const auto& option : options_of(test::freshet({name, "--help"}).out)) {
      EXPECT_NE(text.find(option), std::string::npos) << name << " " << option;
    }
  }
}

}  // namespace
}  // namespace freshet::app
