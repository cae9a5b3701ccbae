#include "connectors/lint/change_sides.hpp"

#include <array>
#include <optional>
#include <utility>

#include "core/select/gather.hpp"

namespace freshet {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> sides{
    {{"old", "new"}, {"removed", "added"}, {"before", "after"}, {"previous", "current"}}};

/// The name of the other side, when this is the name of an old one.
std::optional<std::string> other_side(std::string_view name) {
  for (const auto& [before, after] : sides) {
    if (name == before) return std::string(after);
    if (name.starts_with(before) && name.substr(before.size()).starts_with('_'))
      return std::string(after) + std::string(name.substr(before.size()));
    if (name.ends_with(before) && name.substr(0, name.size() - before.size()).ends_with('_'))
      return std::string(name.substr(0, name.size() - before.size())) + std::string(after);
  }
  return std::nullopt;
}

struct walk {
  std::string_view source;
  std::vector<change_side_pair> found{};
  std::size_t nodes = 0;
  text_list texts{};

  std::vector<std::string> values(dom::element at) {
    gather(json::pointer{}, at, texts, source);
    std::vector<std::string> out;
    for (const auto text : texts.views()) {
      if (!text.empty()) out.emplace_back(text);
      if (out.size() == change_sides::values_max) break;
    }
    return out;
  }

  void compare(dom::object object, std::string_view name, dom::element old, std::string_view at) {
    const auto other = other_side(name);
    dom::element now;
    if (!other || object.at_key(*other).get(now) != simdjson::SUCCESS) return;
    change_side_pair pair;
    pair.old_values = values(old);
    pair.new_values = values(now);
    if (pair.old_values.empty() || pair.new_values.empty()) return;
    pair.old_at = std::string(at) + "/" + std::string(name);
    pair.new_at = std::string(at) + "/" + *other;
    found.push_back(std::move(pair));
  }

  // Depth is bounded by the parser's.
  void visit(dom::element element, const std::string& at) {
    if (++nodes > change_sides::nodes_max || found.size() >= change_sides::pairs_max) return;
    dom::object object;
    if (element.get(object) == simdjson::SUCCESS) {
      for (const dom::key_value_pair member : object) {
        compare(object, member.key, member.value, at);
        visit(member.value, at + "/" + std::string(member.key));
      }
      return;
    }
    dom::array array;
    if (element.get(array) != simdjson::SUCCESS) return;
    for (const dom::element one : array) visit(one, at + "/*");
  }
};

}  // namespace

std::vector<change_side_pair> change_sides::of(dom::element message, std::string_view at,
                                               std::string_view source) {
  walk w{source};
  w.visit(message, std::string(at));
  return std::move(w.found);
}

}  // namespace freshet
