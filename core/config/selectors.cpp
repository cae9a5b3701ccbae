#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

constexpr std::string_view selector_form =
    "a pointer such as \"/msg/name\", or a table with one of `at`, `keys` and `value`";

result<selector> with_form(result<selector> made, const node& value) {
  if (made.has_value()) return made;
  const auto& detail = made.error().detail;
  if (!detail.empty()) return fail(errc::malformed, detail);
  return unexpected(selector_form, value);
}

result<condition> to_condition(const node& value);

result<condition> table_condition(const node& value) {
  constexpr std::string_view form = "one of `exists`, `like` and `not`";
  if (value.members.size() != 1) return unexpected(form, value);
  const auto& [name, at, inner] = value.members.front();
  if (name == "exists") {
    if (inner.is != node::type::boolean) return unexpected("true or false for `exists`", inner);
    return condition::exists(inner.flag);
  }
  if (name == "like") {
    if (inner.is != node::type::string) return unexpected("a string for `like`", inner);
    auto pattern = glob::parse(inner.text);
    if (pattern.has_error()) return unexpected("a pattern such as \"*-stable\"", inner);
    return condition::like(std::move(*pattern));
  }
  if (name == "not") {
    auto negated = to_condition(inner);
    if (negated.has_error()) return negated;
    return condition::negate(std::move(*negated));
  }
  std::string hint = did_you_mean(name, {"exists", "like", "not"});
  return fail(errc::malformed, fmt::format("expected {}, found `{}`{}", form, name,
                                           hint.empty() ? "" : "; " + hint));
}

/// Recursion is bounded by the nesting of the text (toml_text.hpp).
result<condition> to_condition(const node& value) {
  if (value.is == node::type::table) return table_condition(value);
  std::vector<std::string> texts;
  if (auto text = scalar_text(value)) {
    texts.push_back(std::move(*text));
    return condition::any_of(std::move(texts));
  }
  if (value.items.empty()) return unexpected("at least one value", value);
  for (const auto& item : value.items) {
    auto text = to_scalar_text(item);
    if (text.has_error()) return text.error();
    texts.push_back(std::move(*text));
  }
  return condition::any_of(std::move(texts));
}

}  // namespace

std::vector<where_entry> read_where(table_reader& from, std::string_view key) {
  std::vector<where_entry> all;
  const node* value = from.take(key);
  if (value == nullptr) return all;
  table_reader t(*value, from.key_of(key), from.out());
  for (const auto& m : t.table().members) {
    auto at = json::pointer::parse(m.name);
    if (at.has_error()) {
      from.out().add(m.at, t.key_of(m.name), "expected a pointer such as \"/msg/name\" as the key");
    }
    auto test = condition::exists(true);
    if (t.read(m.name, test, to_condition) && at.has_value()) {
      all.push_back({std::move(*at), std::move(test)});
    }
  }
  t.finish();
  return all;
}

result<selector> read_selector_keys(table_reader& t) {
  std::string at, keys, value;
  cutting how;
  const bool has_at = t.read("at", at, to_text);
  const bool has_keys = t.read("keys", keys, to_text);
  const bool has_value = t.read("value", value, to_filled_text);
  const bool has_like = t.read_list("like", how.like, to_filled_text);
  const bool has_split = t.read_list("split", how.split, to_filled_text);
  const bool has_before = t.read("before", how.before, to_filled_text);
  const std::size_t sources = t.exactly_one({"at", "keys", "value"});
  if (sources == 1 && has_at) return selector::from_at(at, std::move(how));
  if (sources == 1 && has_keys) {
    if (has_split || has_before) {
      return fail(errc::malformed, "`split` and `before` belong to `at`, not to `keys`");
    }
    return selector::from_keys(keys, std::move(how.like));
  }
  if (sources == 1 && has_value) {
    if (has_like || has_split || has_before) {
      return fail(errc::malformed, "`like`, `split` and `before` belong to `at`, not to `value`");
    }
    return selector::from_value(value);
  }
  return fail(errc::missing);  // reported already
}

result<selector> to_selector(const node& value) {
  if (value.is != node::type::string) return unexpected(selector_form, value);
  if (!value.text.starts_with('/')) {
    return fail(errc::malformed,
                fmt::format("expected {}, found {}; a fixed word is {{ value = {} }}",
                            selector_form, describe(value), describe(value)));
  }
  return with_form(selector::from_pointer(value.text), value);
}

bool read_selectors(const node& value, const std::string& path, selector_list& into,
                    problems& out) {
  if (value.is == node::type::array) {
    bool good = !value.items.empty();
    if (!good) out.add(value.at, path, "expected at least one selector, found an empty list");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const node& item = value.items[i];
      if (item.is == node::type::array) {
        out.add(item.at, path, unexpected(selector_form, item).detail);
        good = false;
      } else {
        good = read_selectors(item, fmt::format("{}[{}]", path, i), into, out) && good;
      }
    }
    return good;
  }
  const std::size_t before = out.size();
  auto made = [&]() -> result<selector> {
    if (value.is != node::type::table) return to_selector(value);
    table_reader t(value, path, out);
    auto from_keys = read_selector_keys(t);
    t.finish();
    return with_form(std::move(from_keys), value);
  }();
  if (made.has_error()) {
    if (out.size() == before) out.add(value.at, path, made.error().detail);
    return false;
  }
  into.push_back(std::move(*made));
  return true;
}

void read_reference(table_reader& from, std::string_view key, std::string_view noun,
                    const std::vector<std::string>& known, std::string& into) {
  if (!from.read(key, into, to_filled_text)) return;
  if (std::find(known.begin(), known.end(), into) != known.end()) return;
  std::string hint = did_you_mean(into, known);
  if (hint.empty() && !known.empty()) hint = fmt::format("known: {}", fmt::join(known, ", "));
  from.wrong(key, *from.take(key), fmt::format("there is no {} `{}`", noun, into), std::move(hint));
}

}  // namespace freshet::config
