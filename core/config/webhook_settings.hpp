#pragma once

#include <string_view>

#include "core/config/settings.hpp"

namespace freshet::config {

/// What a bus of the kind `webhook` has beside what all buses have.
struct webhook_settings {
  endpoint listen;
  std::string path;
  std::string check;            // github | pagure | hmac | bearer
  std::string header;           // of the signature, lower case
  std::vector<secret> secrets;  // any of them fits
  std::string topic;            // parts between dots; `{/pointer}` in them
  selector_list id;             // empty = the hash of topic and body
  double rate = 100;            // requests a second that are taken; 0 = no limit
};

/// A topic template at its dots, but for those inside of pointers.
std::vector<std::string> topic_parts(std::string_view text);

}  // namespace freshet::config
