#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/page/page_key.hpp"
#include "store/page/page_parameter.hpp"
#include "store/page/page_pattern.hpp"
#include "store/page/page_trie.hpp"

namespace freshet::config {
struct page_settings;
struct diagnostic;
}  // namespace freshet::config

namespace freshet {

/// A parameter's name and what somebody says its value is.
struct binding {
  std::string_view name;
  std::string_view value;
};

/// One `[page.x]`: its path, its parameters, and the one way from values to a key.
///
/// Shape:    parameters() stand as page_key::values does.
/// Errors:   key_from: missing (a path parameter not bound, an unknown name), duplicate, malformed
///           and out_of_range (a rule of `param`; a key whose path another page answers).
/// Lifetime: a value; immutable, so any thread may read.
class page_class {
 public:
  class_id id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& pattern() const { return pattern_; }
  const std::vector<page_parameter>& parameters() const { return parameters_; }
  std::size_t path_parameters() const { return captures_; }
  std::size_t query_parameters() const { return queries_; }
  std::optional<std::size_t> index_of(std::string_view parameter) const;

  /// Requests, rules, warm keys and `match=` all come through here: path parameters must be bound,
  /// absent query parameters get their defaults, and every value its one form.
  result<page_key> key_from(std::span<const binding> bindings) const;
  /// One value alone, for a rule that binds only some of the parameters.
  result<std::string> normalise(std::size_t parameter, std::string_view value) const;
  /// REQUIRES: a key of this class. Appends.
  void canonical(const page_key& key, std::string& out) const;
  std::string canonical(const page_key& key) const;

 private:
  friend class site;
  page_class() = default;
  static std::optional<page_class> compile(class_id id, const config::page_settings& from,
                                           std::vector<config::diagnostic>& problems);
  void add_parameters(const config::page_settings& from, std::vector<config::diagnostic>& problems);
  /// Normalises all values and fills in the derived ones.
  result<void> complete(page_key& key) const;
  result<void> check_reachable(const page_key& key) const;

  class_id id_ = 0;
  std::string name_;
  std::string pattern_;
  std::vector<segment_pattern> segments_;
  std::vector<page_parameter> parameters_;
  std::size_t captures_ = 0;
  std::size_t queries_ = 0;
  std::shared_ptr<const page_trie> paths_;  // of the whole site: another page may answer a path
};

}  // namespace freshet
