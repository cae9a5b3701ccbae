#pragma once

#include <string>
#include <vector>

#include "app/verbs/remote_flags.hpp"

namespace freshet::app {

/// What watch and tail share: print the changes of a stream until interrupted.
struct follow_request {
  std::vector<std::string> paths;  // exact pages; empty = every change
  bool full = false;               // print the pages themselves, when they changed
  bool as_json = false;
};

int follow(const remote_flags& flags, const follow_request& what);

}  // namespace freshet::app
