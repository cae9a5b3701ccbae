#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::config {

/// One text that was read: its name for people, and its bytes for the excerpt under a problem.
struct document {
  std::string name;
  std::string text;
};

/// Where a node stands: in a document, or (document null) in the variable or flag called `name`.
struct source {
  std::shared_ptr<const document> in;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string name;
};

struct member;

/// A value of the configuration with its place, independent of the TOML library: what files,
/// environment and flags are merged into before anybody asks what it means.
///
/// Shape:    members stand in the order of their places, each name once.
/// Lifetime: a value; the documents are shared.
struct node {
  enum class type { boolean, integer, floating, string, date, array, table };

  type is = type::table;
  bool flag = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // a string's value; the source text of a number or date
  std::vector<node> items;
  std::vector<member> members;
  source at;
  bool untyped =
      false;  // from a variable or flag: `text` is the whole value and may serve as string

  const node* find(std::string_view name) const;
  node* find(std::string_view name);
};

struct member {
  std::string name;
  source at;
  node value;
};

/// `over` wins key by key; arrays are replaced, except that `tag` and `sink` of the root add up:
/// rules have no names, and a file that silences the rules of another one would lose events without
/// a word.
void merge(node& base, node over);

/// "the string \"abc\"", "a table": for "expected .., found ..". At most about 60 bytes.
std::string describe(const node& value);

/// The text that a scalar is compared by: the string, the number's source text, true, false.
std::optional<std::string> scalar_text(const node& value);

/// `step` as one step of a dotted key, quoted where TOML needs it.
std::string key_step(std::string_view step);

}  // namespace freshet::config
