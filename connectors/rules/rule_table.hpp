#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/rules/rule_hit.hpp"
#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"
#include "core/select/event.hpp"
#include "core/select/gather.hpp"
#include "core/text/topic_trie.hpp"
#include "store/page/site.hpp"

namespace freshet {

/// All `[[tag]]`s and `on` rules, compiled once. match() says which pages an event concerns.
///
/// Shape:    cost of a match is the topic's depth plus the rules whose topic fits; an event yields
/// at
///           most `hits_max` hits.
/// Errors:   compile: names that do not exist, as diagnostics at the rule's place. A rule that
/// fails on
///           an event (too many values, out of memory) is skipped and counted; the others still
///           run.
/// Lifetime: the site outlives the table. match() reuses scratch memory.
/// Threads:  home loop only.
/// Source:   CONTRACT 3.3.
class rule_table {
 public:
  static constexpr std::size_t hits_max = 10'000;

  rule_table(const config::settings& settings, const site& pages, metrics& m,
             std::vector<config::diagnostic>& problems);

  /// Replaces `hits` by what the rules say about `e`.
  void match(const event& e, std::vector<rule_hit>& hits);

  const rule_terms& terms(std::uint32_t rule) const { return rules_[rule].terms; }
  /// The rule of this name (rule_terms::name).
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::size_t size() const { return rules_.size(); }

 private:
  struct binding {
    std::size_t name;           // index into names_, of a page's rule: into the class' names
    const selector_list* from;  // null: from the names that tags gave
  };
  struct rule {
    rule_terms terms;
    const config::rule_settings* source = nullptr;
    bool is_tag = false;
    std::vector<binding> bindings;
    std::vector<std::size_t> targets;  // page rule: parameter index, or shows_base + shows index
    counter* matches = nullptr;
    counter* unbound = nullptr;
    counter* invalid = nullptr;
    counter* failed = nullptr;
  };
  static constexpr std::size_t shows_base = 1u << 16;
  using values = std::vector<std::string>;

  void add_tag(const config::rule_settings& from, std::size_t number);
  void add_page_rule(const config::page_settings& page, class_id id, std::size_t number,
                     std::vector<config::diagnostic>& problems);
  bool add_target(rule& r, const config::page_settings& page, class_id id, const std::string& name,
                  std::vector<config::diagnostic>& problems);
  void add(rule r, metrics& m);
  std::size_t name_index(std::string_view name);

  void run(std::uint32_t index, const event& e, std::vector<rule_hit>& hits);
  void run_once(rule& r, std::uint32_t index, const event& e, const simdjson::dom::element* each,
                std::vector<rule_hit>& hits);
  bool gather(rule& r, const event& e, const simdjson::dom::element* each);
  void expand(rule& r, std::uint32_t index, std::vector<rule_hit>& hits);

  const site& pages_;
  metrics& metrics_;
  std::vector<rule> rules_;  // tags first: a page's `by` sees all of them
  topic_trie trie_;
  std::vector<std::string> names_;
  std::size_t tag_names_ = 0;  // so many of them, the first, are set by tags

  // scratch of one match
  std::vector<std::uint32_t> found_;
  std::vector<values> given_;     // by names_: what tags said about this event
  std::vector<values> gathered_;  // by binding of the rule at hand
  text_list texts_;
};

}  // namespace freshet
