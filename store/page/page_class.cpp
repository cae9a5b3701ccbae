#include "store/page/page_class.hpp"

#include <algorithm>
#include <cassert>

#include "core/config/settings.hpp"
#include "core/url/percent.hpp"
#include "store/page/json_segment.hpp"

namespace freshet {

std::optional<std::size_t> page_class::index_of(std::string_view parameter) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name() == parameter) return i;
  }
  return {};
}

std::optional<page_class> page_class::compile(class_id id, const config::page_settings& from,
                                              std::vector<config::diagnostic>& problems) {
  auto pattern = page_pattern::parse(from.path);
  if (!pattern) {
    problems.push_back({from.where, "path = \"" + from.path + "\": " + pattern.error().detail,
                        "as in /packages/{package}/updates.json?release&page=1", false});
    return {};
  }
  page_class made;
  made.id_ = id;
  made.name_ = from.name;
  made.pattern_ = from.path;
  made.segments_ = std::move(pattern->segments);
  for (const auto& segment : made.segments_) {
    if (!segment.capture) continue;
    made.parameters_.emplace_back(*segment.capture, page_parameter::place::path);
    ++made.captures_;
  }
  for (const auto& [name, fallback] : pattern->query) {
    made.parameters_.emplace_back(name, page_parameter::place::query);
    ++made.queries_;
  }
  const auto before = problems.size();
  made.add_parameters(from, problems);
  for (std::size_t i = 0; i < pattern->query.size(); ++i) {
    auto fine = made.parameters_[made.captures_ + i].set_default(pattern->query[i].second);
    if (!fine) problems.push_back({from.where, "default of " + fine.error().detail, {}, false});
  }
  if (problems.size() != before) return {};
  return made;
}

void page_class::add_parameters(const config::page_settings& from,
                                std::vector<config::diagnostic>& problems) {
  std::vector<const config::parameter_settings*> later;  // of what JSON segments yield
  for (const auto& rules : from.parameters) {
    if (const auto at = index_of(rules.name)) {
      if (auto fine = parameters_[*at].restrict(rules); !fine)
        problems.push_back({rules.where, "param: " + fine.error().detail, {}, false});
    } else {
      later.push_back(&rules);
    }
  }
  for (std::size_t i = 0; i < captures_; ++i) {
    const auto yields = parameters_[i].yields();  // a copy: emplace_back moves the vector
    for (const auto& [name, at] : yields) {
      if (index_of(name)) {
        problems.push_back({from.where, "param: " + name + " stands twice", {}, false});
      }
      parameters_.emplace_back(name, page_parameter::place::derived);
    }
  }
  for (const auto* rules : later) {
    const auto at = index_of(rules->name);
    if (!at) {
      problems.push_back({rules->where, "param: the path has no {" + rules->name + "}", {}, false});
    } else if (auto fine = parameters_[*at].restrict(*rules); !fine) {
      problems.push_back({rules->where, "param: " + fine.error().detail, {}, false});
    }
  }
  for (const auto& [name, header] : from.only) {
    if (!index_of(name))
      problems.push_back({from.where, "only: the path has no {" + name + "}", {}, false});
  }
}

result<void> page_class::complete(page_key& key) const {
  for (std::size_t i = 0; i < captures_ + queries_; ++i) {
    if (auto fine = parameters_[i].normalise(key.values[i]); !fine) return fine;
  }
  auto next = captures_ + queries_;
  for (std::size_t i = 0; i < captures_; ++i) {
    for (const auto& [name, at] : parameters_[i].yields()) {
      auto& value = key.values[next];
      value = value_in_segment(key.values[i], at);
      if (!value.empty()) {  // else it is not given
        if (auto fine = parameters_[next].normalise(value); !fine) return fine;
      }
      ++next;
    }
  }
  return {};
}

/// A value may spell a path that a page with more literal bytes, or the server itself, answers:
/// `/p/{a}.json` never serves `/p/news.json` when there is a page of that path.
result<void> page_class::check_reachable(const page_key& key) const {
  std::vector<std::string> path;
  std::size_t next = 0;
  for (const auto& segment : segments_) {
    path.push_back(segment.prefix);
    if (segment.capture) path.back() += key.values[next++] + segment.suffix;
  }
  if (is_reserved(path.front())) {
    return fail(errc::malformed, name_ + ": this path belongs to the server itself");
  }
  if (paths_->find(path) != id_) {
    return fail(errc::malformed, name_ + ": another page answers this path");
  }
  return {};
}

result<page_key> page_class::key_from(std::span<const binding> bindings) const {
  page_key key{id_, std::vector<std::string>(parameters_.size())};
  std::vector<bool> bound(parameters_.size());
  for (const auto& one : bindings) {
    const auto at = index_of(one.name);
    if (!at) return fail(errc::missing, name_ + " has no parameter " + std::string(one.name));
    if (bound[*at]) return fail(errc::duplicate, std::string(one.name) + " is bound twice");
    bound[*at] = true;
    key.values[*at] = one.value;
  }
  for (std::size_t i = 0; i < captures_ + queries_; ++i) {
    if (bound[i]) continue;
    if (i < captures_) return fail(errc::missing, parameters_[i].name() + " is not bound");
    key.values[i] = parameters_[i].fallback();
  }
  if (auto fine = complete(key); !fine) return fine.error();
  for (const auto& one : bindings) {
    const auto at = *index_of(one.name);
    if (at >= captures_ + queries_ && key.values[at] != one.value) {
      return fail(errc::malformed, std::string(one.name) + " differs from the JSON segment");
    }
  }
  if (auto fine = check_reachable(key); !fine) return fine.error();
  return key;
}

result<std::string> page_class::normalise(std::size_t parameter, std::string_view value) const {
  assert(parameter < parameters_.size());
  std::string normal(value);
  if (auto fine = parameters_[parameter].normalise(normal); !fine) return fine.error();
  return normal;
}

void page_class::canonical(const page_key& key, std::string& out) const {
  assert(key.page == id_ && key.values.size() == parameters_.size());
  std::size_t next = 0;
  for (const auto& segment : segments_) {
    out += '/';
    percent_encode(segment.prefix, percent_set::canonical, out);
    if (!segment.capture) continue;
    percent_encode(key.values[next++], percent_set::canonical, out);
    percent_encode(segment.suffix, percent_set::canonical, out);
  }
  char separator = '?';
  for (std::size_t i = captures_; i < captures_ + queries_; ++i) {
    if (key.values[i] == parameters_[i].fallback()) continue;
    out += separator;
    out += parameters_[i].name();
    out += '=';
    percent_encode(key.values[i], percent_set::canonical_query, out);
    separator = '&';
  }
}

std::string page_class::canonical(const page_key& key) const {
  std::string out;
  canonical(key, out);
  return out;
}

}  // namespace freshet
