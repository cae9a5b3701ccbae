#include "connectors/upstream/demo/demo_world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace freshet {
namespace {

template <class Item>
void add(std::vector<Item>& items, Item made) {
  items.push_back(std::move(made));
  if (items.size() > 20) items.erase(items.begin());
}

template <class Item>
std::string list(std::string_view member, std::string_view package,
                 const std::vector<Item>& items) {
  std::string rows;
  for (auto it = items.rbegin(); it != items.rend(); ++it) {
    rows += fmt::format("{}{{\"id\":{},\"title\":\"{}\",\"state\":\"{}\",\"time\":{}}}",
                        rows.empty() ? "" : ",", it->id, it->text, it->state, it->at);
  }
  return fmt::format("{{\"package\":\"{}\",\"total\":{},\"{}\":[{}]}}", package, items.size(),
                     member, rows);
}

}  // namespace

demo_world::demo_world(std::uint64_t seed)
    : names_{"bash",   "curl", "firefox", "git",  "guake",   "kernel",
             "nodejs", "pcp",  "python3", "qemu", "systemd", "texworks"},
      packages_(names_.size()),
      random_(seed) {
  for (std::size_t i = 0; i < 5 * names_.size(); ++i)
    step(wall_time{std::chrono::seconds{1'700'000'000}});
}

std::size_t demo_world::pick(std::size_t below) {
  return static_cast<std::size_t>(random_() % below);
}

demo_message demo_world::step(wall_time now) { return happen(pick(names_.size()), now); }

demo_message demo_world::step(wall_time now, std::string_view package) {
  const auto found = std::find(names_.begin(), names_.end(), package);
  if (found == names_.end()) return step(now);
  return happen(static_cast<std::size_t>(found - names_.begin()), now);
}

demo_message demo_world::happen(std::size_t p, wall_time now) {
  const auto at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  switch (pick(4)) {
    case 0:
      return bug(p, at);
    case 1:
      return update(p, at);
    default:
      return build(p, at);
  }
}

demo_message demo_world::envelope(std::string_view topic, std::string_view msg, std::int64_t at) {
  auto full = fmt::format("org.fedoraproject.prod.{}", topic);
  ++messages_;
  auto body = fmt::format(
      "{{\"i\":{0},\"msg\":{1},\"msg_id\":\"demo-{0}\",\"timestamp\":{2}.0,\"topic\":\"{3}\"}}",
      messages_, msg, at, full);
  return {std::move(full), std::move(body)};
}

demo_message demo_world::build(std::size_t p, std::int64_t at) {
  auto& builds = packages_[p].builds;
  const bool finish = !builds.empty() && builds.back().state == "BUILDING";
  if (finish) {
    builds.back().state = pick(5) == 0 ? "FAILED" : "COMPLETE";
    builds.back().at = at;
  } else {
    const auto id = next_id_++;
    add(builds, {id, fmt::format("{}-1.{}-1.fc41", names_[p], id), "BUILDING", at});
  }
  const auto& b = builds.back();
  const int state = b.state == "BUILDING" ? 0 : b.state == "COMPLETE" ? 1 : 3;
  return envelope("buildsys.build.state.change",
                  fmt::format("{{\"attribute\":\"state\",\"build_id\":{},\"instance\":\"primary\","
                              "\"name\":\"{}\",\"new\":{},\"owner\":\"demo\"}}",
                              b.id, names_[p], state),
                  at);
}

demo_message demo_world::bug(std::size_t p, std::int64_t at) {
  auto& bugs = packages_[p].bugs;
  // A closed bug stays as it is: twice closed in one second would be an event that says nothing.
  const bool change = !bugs.empty() && bugs.back().state != "CLOSED" && pick(2) == 0;
  if (change) {
    bugs.back().state = bugs.back().state == "NEW" ? "ASSIGNED" : "CLOSED";
    bugs.back().at = at;
  } else {
    const auto id = next_id_++;
    add(bugs, {id, fmt::format("{} does not start", names_[p]), "NEW", at});
  }
  const auto& b = bugs.back();
  return envelope(change ? "bugzilla.bug.update" : "bugzilla.bug.new",
                  fmt::format("{{\"bug\":{{\"id\":{},\"component\":\"{}\",\"product\":\"Fedora\","
                              "\"status\":\"{}\"}}}}",
                              b.id, names_[p], b.state),
                  at);
}

demo_message demo_world::update(std::size_t p, std::int64_t at) {
  auto& updates = packages_[p].updates;
  const bool push = !updates.empty() && updates.back().state == "testing";
  if (push) {
    updates.back().state = "stable";
    updates.back().at = at;
  } else {
    const auto id = next_id_++;
    add(updates, {id, fmt::format("FEDORA-2026-{:x}", id), "testing", at});
  }
  const auto& u = updates.back();
  return envelope(fmt::format("bodhi.update.complete.{}", u.state),
                  fmt::format("{{\"update\":{{\"alias\":\"{}\",\"status\":\"{}\",\"builds\":["
                              "{{\"nvr\":\"{}-1.{}-1.fc41\"}}]}}}}",
                              u.text, u.state, names_[p], u.id),
                  at);
}

std::optional<std::string> demo_world::document(std::string_view target) const {
  target = target.substr(0, target.find('?'));
  if (target == "/packages")
    return fmt::format("{{\"packages\":[\"{}\"]}}", fmt::join(names_, "\",\""));
  const auto slash = target.find('/', 1);
  if (slash == std::string_view::npos) return {};
  const auto name = target.substr(slash + 1);
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return {};
  const auto& package = packages_[static_cast<std::size_t>(found - names_.begin())];
  const auto kind = target.substr(1, slash - 1);
  if (kind == "builds") return list(kind, name, package.builds);
  if (kind == "bugs") return list(kind, name, package.bugs);
  if (kind == "updates") return list(kind, name, package.updates);
  return {};
}

}  // namespace freshet
