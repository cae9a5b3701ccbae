#include "connectors/document/page_recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace freshet {
namespace {

bool starts_with(const json::pointer& whole, const json::pointer& start) {
  if (start.steps().size() > whole.steps().size()) return false;
  return std::equal(start.steps().begin(), start.steps().end(), whole.steps().begin());
}

class part_compiler {
 public:
  part_compiler(const config::settings& settings, const config::page_settings& page,
                const page_class& of, std::vector<config::diagnostic>& problems)
      : settings_(settings), page_(page), class_(of), problems_(problems) {}

  part_recipe compile(const config::fetch_settings& from) {
    part_recipe part;
    part.upstream = upstream_index(from);
    part.method = from.post.empty() ? "GET" : "POST";
    part.headers = from.headers;
    part.body = from.body;
    part.into = from.into;
    part.optional = from.optional;
    part.redirects = from.redirects;
    part.expect = std::make_shared<const std::vector<config::where_entry>>(from.expect);
    if (auto target = url_template::parse(from.post.empty() ? from.get : from.post)) {
      part.target = std::move(*target);
      for (const auto& p : part.target.placeholders()) require(from, p, part.needs);
    } else {
      report(from, target.error().text());
    }
    if (!from.json.empty()) {
      if (auto json = json_template::parse(from.json)) {
        part.json = std::move(*json);
        for (const auto& p : part.json->placeholders()) require(from, p, part.needs);
      } else {
        report(from, "json: " + json.error().text());
      }
    }
    return part;
  }

 private:
  std::size_t upstream_index(const config::fetch_settings& from) {
    for (std::size_t i = 0; i < settings_.upstreams.size(); ++i)
      if (settings_.upstreams[i].name == from.upstream) return i;
    report(from, fmt::format("no upstream is called \"{}\"", from.upstream));
    return 0;
  }

  void require(const config::fetch_settings& from, const placeholder& wanted, part_mask& needs) {
    if (!wanted.name.empty()) {
      if (!class_.index_of(wanted.name))
        report(from,
               fmt::format("{} is not a parameter of page \"{}\"", wanted.text(), page_.name));
      return;
    }
    for (std::size_t i = 0; i < page_.fetches.size() && &page_.fetches[i] != &from; ++i) {
      if (!starts_with(wanted.at, page_.fetches[i].into)) continue;
      needs |= 1u << i;
      return;
    }
    report(from, fmt::format("no earlier fetch of page \"{}\" puts anything at {}", page_.name,
                             wanted.text()));
  }

  void report(const config::fetch_settings& from, std::string message) {
    problems_.push_back({from.where, std::move(message), {}, false});
  }

  const config::settings& settings_;
  const config::page_settings& page_;
  const page_class& class_;
  std::vector<config::diagnostic>& problems_;
};

void check_places(const config::page_settings& page, std::vector<config::diagnostic>& problems) {
  for (const auto& fetch : page.fetches) {
    if (page.fetches.size() > 1 && fetch.into.empty())
      problems.push_back({fetch.where, "several fetches: each needs `into`", {}, false});
    for (const auto& other : page.fetches)
      if (&other != &fetch && page.fetches.size() > 1 && starts_with(other.into, fetch.into))
        problems.push_back({fetch.where,
                            fmt::format("into = \"{}\" would overwrite \"{}\"", fetch.into.text(),
                                        other.into.text()),
                            {},
                            false});
  }
}

}  // namespace

page_recipe page_recipe::compile(const config::settings& settings,
                                 const config::page_settings& page, const page_class& of,
                                 std::vector<config::diagnostic>& problems) {
  page_recipe recipe;
  recipe.max_size = page.max_size;
  recipe.is_json = page.type == "application/json";
  if (page.fetches.size() > parts_max) {
    problems.push_back(
        {page.where, fmt::format("at most {} fetches a page", parts_max), {}, false});
    return recipe;
  }
  part_compiler compiler(settings, page, of, problems);
  for (const auto& fetch : page.fetches) recipe.parts.push_back(compiler.compile(fetch));
  check_places(page, problems);
  if (!recipe.is_json && page.fetches.size() != 1)
    problems.push_back(
        {page.where, fmt::format("type = \"{}\" takes exactly one fetch", page.type), {}, false});
  return recipe;
}

}  // namespace freshet
