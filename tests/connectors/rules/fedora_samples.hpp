#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::test {

/// A message of our own, in a shape that Fedora's buses have had, and what it is about.
struct fedora_sample {
  const char* topic;  // without org.fedoraproject.prod.
  const char* msg;
  std::set<std::string> packages;
  std::set<std::string> users;
};

std::vector<fedora_sample> fedora_samples();
/// The line of a recording.
std::string fedora_line(const std::string& topic, std::string_view msg);

}  // namespace freshet::test
