#include "connectors/document/page_recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/calls/call_plan.hpp"

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
    check_kind(from, part);
    if (!from.call.empty()) compile_call(from, part);
    if (!from.run.empty()) compile_run(from, part);
    if (!from.call.empty() || !from.run.empty()) return part;
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
  /// Which questions an upstream understands.
  void check_kind(const config::fetch_settings& from, const part_recipe& part) {
    if (part.upstream >= settings_.upstreams.size()) return;
    const auto& kind = settings_.upstreams[part.upstream].kind;
    const bool rpc = kind == "xmlrpc" || kind == "koji" || kind == "bugzilla";
    const bool runs = kind == "exec";
    const auto refuse = [&](std::string_view key, std::string_view kinds) {
      report(from, fmt::format("`{}` needs an upstream of kind {}, \"{}\" is of kind {}", key,
                               kinds, from.upstream, kind));
    };
    if (!from.call.empty() && !rpc) refuse("call", "xmlrpc, koji or bugzilla");
    if (!from.run.empty() && !runs) refuse("run", "exec");
    if (from.call.empty() && rpc && kind != "bugzilla") refuse("get", "http");
    if (from.run.empty() && runs) refuse("get", "http");
  }

  void compile_call(const config::fetch_settings& from, part_recipe& part) {
    if (auto plan = call_plan::parse(from.call); !plan)
      report(from, "call: " + plan.error().text());
    auto made = json_template::parse(from.call);
    if (!made) return report(from, "call: " + made.error().text());
    for (const auto& p : made->placeholders()) require(from, p, part.needs);
    part.call = std::move(*made);
  }

  void compile_run(const config::fetch_settings& from, part_recipe& part) {
    for (const auto& word : from.run) {
      const bool whole = word.size() > 2 && word.starts_with('{') && word.ends_with('}');
      if (!whole || part.run.empty()) {
        part.run.emplace_back(word);
        continue;
      }
      auto wanted = placeholder::parse(std::string_view(word).substr(1, word.size() - 2));
      if (!wanted) return report(from, "run: " + wanted.error().text());
      require(from, *wanted, part.needs);
      part.run.emplace_back(std::move(*wanted));
    }
  }

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
