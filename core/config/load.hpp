#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/config/settings.hpp"

namespace freshet::config {

/// What one reading of the configuration gave.
///
/// Shape: `value` is complete (defaults filled in) even when `problems` is not empty; it may be
///        used only when ok().
struct loaded {
  settings value;
  std::vector<diagnostic> problems;
  bool ok() const { return problems.empty(); }
};

/// Reads files (a folder = its *.toml in name order; later ones win key by key), then the
/// environment
/// (`FRESHET_A__B=..`), then `--set a.b=..`. Never throws: an unreadable file is a problem too.
///
/// `environment` is a list of NAME=VALUE as in environ; `sets` of a.b.c=VALUE.
loaded load(std::span<const std::string> paths, std::span<const std::string> environment = {},
            std::span<const std::string> sets = {});

/// The same from one text, for `freshet demo`, tests and fuzzing. `name` stands for the file.
loaded parse(std::string_view text, std::string_view name = "config",
             std::span<const std::string> sets = {});

/// The diagnostic as people read it: `file:line:column: key: message`, the line with a caret, the
/// hint. Values of secrets are never part of it.
std::string render(const diagnostic& problem);

/// The whole text with all defaults, commented: `freshet config show --defaults`.
std::string_view defaults_text();

/// `value` as TOML, secrets as their `${..}` source or "***": `freshet config show`.
std::string show(const settings& value);

/// The bytes of a secret now: `${env:NAME}` and `${file:PATH}` (without its last newline) replaced.
result<std::string> reveal(const secret& s);

}  // namespace freshet::config
