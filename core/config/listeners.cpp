#include <fmt/format.h>

#include "core/config/sections.hpp"
#include "core/config/webhook_settings.hpp"

namespace freshet::config {
namespace {

struct placed {
  std::string key;
  const endpoint* at;
};

/// All addresses of its family.
bool covers(const endpoint& a, const endpoint& b) {
  const bool v6 = b.host.find(':') != std::string::npos;
  return a.host == (v6 ? "::" : "0.0.0.0");
}

bool same(const endpoint& a, const endpoint& b) {
  if (!a.path.empty() || !b.path.empty()) return a.path == b.path;
  return a.port != 0 && a.port == b.port && (a.host == b.host || covers(a, b) || covers(b, a));
}

}  // namespace

void check_listeners(const node& tree, const settings& of, problems& out) {
  std::vector<placed> seen;
  const auto add = [&](std::string key, const endpoint& at, const node* written) {
    for (const auto& other : seen) {
      if (written == nullptr || !same(*other.at, at)) continue;
      out.add(written->at, key, fmt::format("`{}` has this address already", other.key));
      return;
    }
    seen.push_back({std::move(key), &at});
  };
  for (const auto& each : of.listen) seen.push_back({"listen", &each});
  const node* admin = tree.find("admin");
  // Where only the default is in the way, `listen` is what somebody wrote.
  add("admin", of.admin, admin != nullptr ? admin : tree.find("listen"));
  const node* buses = tree.find("bus");
  for (const auto& bus : of.buses) {
    const node* table = buses != nullptr ? buses->find(bus.name) : nullptr;
    if (bus.webhook && table != nullptr)
      add(fmt::format("bus.{}.listen", bus.name), bus.webhook->listen, table->find("listen"));
  }
}

}  // namespace freshet::config
