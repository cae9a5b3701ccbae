#include "app/server/restart_keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace freshet::app {
namespace {

std::string text_of(const config::endpoint& at) {
  return at.path.empty() ? fmt::format("{}:{}", at.host, at.port) : at.path;
}

}  // namespace

restart_keys restart_keys_of(const config::settings& settings) {
  std::vector<std::string> listen;
  for (const auto& each : settings.listen) listen.push_back(text_of(each));
  const auto& l = settings.limits;
  return {
      {"listen", fmt::format("{}", fmt::join(listen, " "))},
      {"admin", text_of(settings.admin)},
      {"state", settings.state},
      {"loops", fmt::format("{}", settings.loops)},
      {"public_url", settings.public_url},
      {"proxies", fmt::format("{}", fmt::join(settings.proxies, " "))},
      {"stream_age", fmt::format("{}", settings.stream_age.count())},
      {"log.access", fmt::format("{}", settings.log.access)},
      {"limits.connections", fmt::format("{}", l.connections)},
      {"limits.connections_per_address", fmt::format("{}", l.connections_per_address)},
      {"limits.streams", fmt::format("{}", l.streams)},
      {"limits.streams_per_address", fmt::format("{}", l.streams_per_address)},
      {"limits.head_timeout", fmt::format("{}", l.head_timeout.count())},
      {"limits.idle_timeout", fmt::format("{}", l.idle_timeout.count())},
      {"limits.write_timeout", fmt::format("{}", l.write_timeout.count())},
      {"limits.target", fmt::format("{}", l.target)},
      {"limits.head", fmt::format("{}", l.head)},
      {"limits.fields", fmt::format("{}", l.fields)},
  };
}

std::vector<std::string> changed_keys(const restart_keys& before, const restart_keys& after) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i)
    if (before[i].second != after[i].second) out.push_back(before[i].first);
  return out;
}

}  // namespace freshet::app
