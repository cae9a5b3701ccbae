#pragma once

#include "app/verbs/remote_flags.hpp"

namespace freshet::app {

/// What rebuild and purge share: a POST about the pages of a pattern.
struct page_command {
  std::string target;
  std::string pattern;
  bool dry_run = false;
  bool as_json = false;
  std::shared_ptr<remote_flags> flags;
};

std::shared_ptr<page_command> add_page_command(CLI::App& sub, std::string target);
int run_page_command(const page_command& command);

}  // namespace freshet::app
