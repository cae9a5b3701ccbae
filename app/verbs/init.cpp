#include <map>

#include "app/exit_code.hpp"
#include "app/verbs/examples.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

const std::map<std::string, std::string_view>& examples() {
  static const std::map<std::string, std::string_view> all{
      {"minimal", minimal_example}, {"fedora", fedora_example}, {"freshports", freshports_example}};
  return all;
}

int init(const std::string& name) {
  const auto text = examples().at(name);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

}  // namespace

void add_init(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("init", "print a commented configuration to start from");
  auto name = std::make_shared<std::string>();
  sub->add_option("NAME", *name, "minimal | fedora | freshports")
      ->required()
      ->check(CLI::IsMember({"minimal", "fedora", "freshports"}));
  sub->footer("freshet init minimal > freshet.toml && freshet check -c freshet.toml");
  sub->callback([&chosen, name] { chosen = [name] { return init(*name); }; });
}

}  // namespace freshet::app
