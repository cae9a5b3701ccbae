#include "app/verbs/read_config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace freshet::app {
namespace {

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** variable = environ; *variable != nullptr; ++variable) out.emplace_back(*variable);
  return out;
}

std::optional<config::settings> usable(config::loaded loaded) {
  for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", config::render(problem));
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.value);
}

}  // namespace

std::shared_ptr<config_options> add_config_options(CLI::App& sub, bool need_file) {
  auto options = std::make_shared<config_options>();
  sub.add_option("-c,--config", options->files, "TOML file, or a folder of them; later ones win")
      ->allow_extra_args(false)
      ->required(need_file);
  sub.add_option("--set", options->sets, "a.b=value, over the files and the environment")
      ->allow_extra_args(false);
  return options;
}

std::optional<config::settings> read_config(const config_options& options) {
  return usable(config::load(options.files, environment(), options.sets));
}

result<config::settings> read_again(const config_options& options) {
  auto loaded = config::load(options.files, environment(), options.sets);
  if (loaded.ok()) return std::move(loaded.value);
  std::string said;
  for (const auto& problem : loaded.problems) said += config::render(problem) + "\n";
  if (said.ends_with('\n')) said.pop_back();
  return fail(errc::malformed, std::move(said));
}

std::optional<config::settings> read_text(std::string_view text, std::string_view name,
                                          const std::vector<std::string>& sets) {
  return usable(config::parse(text, name, sets));
}

}  // namespace freshet::app
