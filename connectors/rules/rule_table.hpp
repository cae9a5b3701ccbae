#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/rules/rule_hit.hpp"
#include "connectors/rules/rule_sight.hpp"
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
///           at most `hits_max` hits.
/// Errors:   compile: names that do not exist, as diagnostics at the rule's place. A rule that
///           fails on an event (too many values, a field of another type) is counted, and named by
///           choked(); the others still run.
/// Lifetime: the site outlives the table. match() reuses scratch memory.
/// Threads:  home loop only.
/// Source:   CONTRACT 3.3.
class rule_table {
 public:
  static constexpr std::size_t hits_max = 10'000;
  static constexpr std::size_t chokes_max = 32;

  rule_table(const config::settings& settings, const site& pages, metrics& m,
             std::vector<config::diagnostic>& problems);

  /// Replaces `hits` by what the rules say about `e`; tells `witness` of each rule it tried.
  void match(const event& e, std::vector<rule_hit>& hits, rule_witness* witness = nullptr);
  /// The rules that the event of the last match() was too much for. One that only met a field of
  /// another type is left out when another rule found the same.
  const std::vector<rule_choke>& choked() const { return choked_; }

  const rule_terms& terms(std::uint32_t rule) const { return rules_[rule].terms; }
  const config::rule_settings& source(std::uint32_t rule) const { return *rules_[rule].source; }
  bool is_tag(std::uint32_t rule) const { return rules_[rule].is_tag; }
  /// So many events matched it.
  std::uint64_t matched(std::uint32_t rule) const { return rules_[rule].matches->value(); }
  /// The rule of this name (rule_terms::name).
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::size_t size() const { return rules_.size(); }
  /// What a sight's or a choke's term is, as a person would write it: `where "/msg/bug/product"`.
  std::string term_text(std::uint32_t rule, rule_outcome what, std::uint16_t term) const;
  /// The same with what became of it: `set component meets an object`.
  std::string sentence(std::uint32_t rule, rule_outcome what, std::uint16_t term,
                       field_shape shape = field_shape::odd) const;
  /// The values that tags gave to the last event under this name; may repeat.
  std::span<const std::string> given_as(std::string_view name) const;
  /// What tags gave to the last event: `package=guake,vim branch=f41`, about so many bytes.
  std::string given(std::size_t bytes_max) const;

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
    counter* missing = nullptr;
    counter* odd = nullptr;
    counter* floorless = nullptr;  // null: it has no floor
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
  bool meets(rule& r, std::uint32_t index, const event& e, const simdjson::dom::element* each);
  void miss(rule& r, rule_sight sight, const event& e, bool found);
  bool gather(rule& r, std::uint32_t index, const event& e, const simdjson::dom::element* each);
  floor_ptr floor_of(const rule& r, const event& e, const simdjson::dom::element* each) const;
  void expand(rule& r, std::uint32_t index, floor_ptr floor, std::vector<rule_hit>& hits);
  void choke(std::uint32_t index, rule_outcome what, std::size_t term);
  void forget_needless_chokes(const std::vector<rule_hit>& hits);
  bool given_elsewhere(const rule_choke& c, const std::vector<rule_hit>& hits) const;
  void tell(const rule_sight& sight) {
    if (witness_ != nullptr) witness_->saw(sight);
  }

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
  std::vector<rule_choke> choked_;
  rule_witness* witness_ = nullptr;
};

}  // namespace freshet
