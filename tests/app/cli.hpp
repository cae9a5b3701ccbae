#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::test {

/// What a person sees of one command.
struct outcome {
  int code = -1;
  std::string out, err;
};

/// `freshet ARGS...` in this process, read and run as main() does. Blocks until the verb ends.
inline outcome freshet(std::vector<std::string> args) {
  using namespace app;
  CLI::App cli("freshet", "freshet");
  cli.require_subcommand(1);
  verb chosen;
  for (auto* add : {add_replay, add_bench, add_get, add_watch, add_tail, add_status, add_explain,
                    add_coverage, add_rebuild, add_purge, add_health, add_init}) {
    add(cli, chosen);
  }
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome result;
  std::reverse(args.begin(), args.end());  // as CLI11 wants them
  try {
    cli.parse(args);
    result.code = chosen();
  } catch (const CLI::ParseError& e) {
    result.code = cli.exit(e) == 0 ? exit_ok : exit_usage;
  }
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

}  // namespace freshet::test
