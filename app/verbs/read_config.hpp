#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/load.hpp"

namespace freshet::app {

/// The options that every verb with a configuration shares.
struct config_options {
  std::vector<std::string> files;
  std::vector<std::string> sets;
};

/// `need_file`: without -c the verb has nothing to do, and says so (exit 2).
std::shared_ptr<config_options> add_config_options(CLI::App& sub, bool need_file = true);

/// Reads the configuration and prints what is wrong with it on stderr; nothing when it cannot be
/// used.
std::optional<config::settings> read_config(const config_options& options);
/// Once more, for a reload: the error says what is wrong.
result<config::settings> read_again(const config_options& options);
/// The same from a text that is built in; `name` stands for its file.
std::optional<config::settings> read_text(std::string_view text, std::string_view name,
                                          const std::vector<std::string>& sets);

}  // namespace freshet::app
