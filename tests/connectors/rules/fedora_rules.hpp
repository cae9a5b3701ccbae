#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/rules/rule_table.hpp"
#include "core/config/load.hpp"

namespace freshet::test {

/// The rules of the configuration that is shipped for Fedora.
class fedora_rules {
 public:
  fedora_rules() : loaded_(config::load(paths())) {
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    rules_.emplace(loaded_.value, pages_, counts_, problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
  }

  /// The values that pages are named with on this message, by the parameter's name.
  std::map<std::string, std::set<std::string>> names(std::string_view line) {
    std::map<std::string, std::set<std::string>> out;
    const auto got = decoder_.decode_line(line);
    if (!got) {
      ADD_FAILURE() << got.drop << ": " << line;
      return out;
    }
    std::vector<rule_hit> hits;
    rules_->match(got.value, hits);
    for (const auto& hit : hits) {
      if (hit.shows >= 0) continue;
      const auto& parameters = pages_.page(hit.page).parameters();
      for (std::size_t i = 0; i < parameters.size(); ++i)
        if ((hit.bound >> i & 1u) != 0) out[parameters[i].name()].insert(hit.values[i]);
    }
    return out;
  }
  std::set<std::string> packages(std::string_view line) { return names(line)["package"]; }

 private:
  static std::vector<std::string> paths() {
    return {FRESHET_SOURCE_DIR "/examples/fedora/fedora.toml"};
  }

  config::loaded loaded_;
  site pages_;
  metrics counts_;
  std::optional<rule_table> rules_;
  message_decoder decoder_{"fedmsg", 32u << 20};
};

}  // namespace freshet::test
