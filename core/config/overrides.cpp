#include "core/config/overrides.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/config/toml_text.hpp"

namespace freshet::config {
namespace {

constexpr std::size_t value_bytes_max = 64 * 1024;

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return out;
}

node value_of(std::string_view text, const source& at) {
  node value;
  if (auto typed = read_toml_value(text)) {
    value = std::move(*typed);
    if (value.is != node::type::string) value.text = text;
  } else {
    value.is = node::type::string;
    value.text = text;
  }
  value.untyped = true;
  value.at = at;
  for (auto& item : value.items) item.at = at;
  return value;
}

/// The child that one step names, made when the table lacks it; null when there can be none.
node* descend(node& from, const std::string& step, bool fold, const source& at) {
  if (from.is == node::type::array) {
    std::size_t index = 0;
    const auto [rest, ec] = std::from_chars(step.data(), step.data() + step.size(), index);
    const bool good = ec == std::errc() && rest == step.data() + step.size();
    return good && index < from.items.size() ? &from.items[index] : nullptr;
  }
  if (from.is != node::type::table) return nullptr;
  for (auto& m : from.members) {
    if (m.name == step || (fold && folded(m.name) == folded(step))) return &m.value;
  }
  node empty;
  empty.at = at;
  from.members.push_back({fold ? folded(step) : step, at, std::move(empty)});
  return &from.members.back().value;
}

void put(node& root, const std::vector<std::string>& steps, std::string_view text, bool fold,
         const source& at, problems& out) {
  if (steps.empty() || steps.size() > steps_max || text.size() > value_bytes_max) {
    return out.add(
        at, "", fmt::format("expected at most {} steps and {} bytes", steps_max, value_bytes_max));
  }
  node* here = &root;
  for (const auto& step : steps) {
    if (step.empty()) return out.add(at, "", "expected a name in each step");
    node* next = descend(*here, step, fold, at);
    if (next == nullptr) {
      return out.add(at, "", fmt::format("there is no `{}` inside of {}", step, describe(*here)));
    }
    here = next;
  }
  *here = value_of(text, at);
}

/// a."b.c".d; nothing when a quote is not closed.
std::optional<std::vector<std::string>> split_key(std::string_view key) {
  std::vector<std::string> steps(1);
  char quote = 0;
  for (const char c : key) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        steps.back() += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '.') {
      steps.emplace_back();
    } else {
      steps.back() += c;
    }
  }
  if (quote != 0) return std::nullopt;
  return steps;
}

/// The `=` that ends the key: the first one outside of quotes.
std::size_t end_of_key(std::string_view set) {
  char quote = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const char c = set[i];
    if (quote == 0 && c == '=') return i;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string> split_variable(std::string_view name) {
  std::vector<std::string> steps;
  for (;;) {
    const auto end = name.find("__");
    steps.emplace_back(name.substr(0, end));
    if (end == std::string_view::npos) return steps;
    name.remove_prefix(end + 2);
  }
}

}  // namespace

void apply_environment(node& root, std::span<const std::string> environment, problems& out) {
  constexpr std::string_view prefix = "FRESHET_";
  for (const std::string_view entry : environment) {
    const auto equals = entry.find('=');
    const auto name = entry.substr(0, equals);
    if (equals == std::string_view::npos || !name.starts_with(prefix)) continue;
    if (name == "FRESHET_PORT" || name.starts_with("FRESHET_PORT_") ||
        name.starts_with("FRESHET_SERVICE_")) {
      continue;
    }
    const source at{nullptr, 0, 0, std::string(name)};
    put(root, split_variable(name.substr(prefix.size())), entry.substr(equals + 1), true, at, out);
  }
}

void apply_sets(node& root, std::span<const std::string> sets, problems& out) {
  for (const std::string_view entry : sets) {
    const auto equals = end_of_key(entry);
    const source at{nullptr, 0, 0, "--set " + std::string(entry.substr(0, equals))};
    const auto steps = split_key(entry.substr(0, equals));
    if (equals == std::string_view::npos || !steps) {
      out.add(at, "", "expected --set key=value", "--set bus.fedmsg.expect_every=5m");
      continue;
    }
    put(root, *steps, entry.substr(equals + 1), false, at, out);
  }
}

}  // namespace freshet::config
