#include "connectors/document/page_recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "connectors/calls/call_plan.hpp"
#include "core/text/media_type.hpp"

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
    check_numbers(from);
    shape(from, part);
    if (!from.call.empty()) compile_call(from, part);
    if (!from.run.empty()) compile_run(from, part);
    if (!from.call.empty() || !from.run.empty()) return part;
    if (auto target = url_template::parse(target_of(from))) {
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
  /// What is asked of an upstream of our own is spelt as a target, too.
  static std::string target_of(const config::fetch_settings& from) {
    if (!from.search.empty())
      return fmt::format("/search?q={}&rows={}&page={}", from.search, from.rows, from.page);
    if (!from.newest.empty()) return fmt::format("/newest?of={}&rows={}", from.of, from.newest);
    return from.post.empty() ? from.get : from.post;
  }

  /// Which questions an upstream understands.
  void check_kind(const config::fetch_settings& from, const part_recipe& part) {
    if (part.upstream >= settings_.upstreams.size()) return;
    const auto& kind = settings_.upstreams[part.upstream].kind;
    const auto refuse = [&](std::string_view key, std::string_view kinds) {
      report(from, fmt::format("`{}` needs an upstream of kind {}, \"{}\" is of kind {}", key,
                               kinds, from.upstream, kind));
    };
    const bool rpc = kind == "xmlrpc" || kind == "koji" || kind == "bugzilla";
    if (!from.call.empty()) return rpc ? void() : refuse("call", "xmlrpc, koji or bugzilla");
    if (!from.run.empty()) return kind == "exec" ? void() : refuse("run", "exec");
    if (!from.search.empty()) return kind == "search" ? void() : refuse("search", "search");
    if (!from.newest.empty()) return kind == "events" ? void() : refuse("newest", "events");
    const bool target = kind == "http" || kind == "demo" || kind == "bugzilla";
    if (!target) refuse(from.post.empty() ? "get" : "post", "http");
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

  void shape(const config::fetch_settings& from, part_recipe& part) {
    part.answer_max = page_.max_size;
    if (from.shape.any() || from.paging) {
      part.shape = std::make_shared<const config::shape_settings>(from.shape);
      // What is left out of the answer does not count.
      if (part.upstream < settings_.upstreams.size())
        part.answer_max = std::max(part.answer_max, settings_.upstreams[part.upstream].limits.body);
    }
    if (from.paging) {
      part.paging = std::make_shared<const config::paging_settings>(*from.paging);
      check_query(from);
    }
    part.skip = rows_of(from, "skip", from.shape.skip);
    part.limit = rows_of(from, "limit", from.shape.limit);
  }

  /// The parameter that turns pages stands in the query once.
  void check_query(const config::fetch_settings& from) {
    const auto& name = from.paging->param;
    const auto begin = from.get.find('?');
    if (name.empty() || begin == std::string::npos) return;
    const auto query = "&" + from.get.substr(begin + 1);
    if (query.find("&" + name + "=") != std::string::npos)
      report(from, fmt::format("paging adds \"{}\" to the query of `get`, which has it", name));
  }

  std::optional<row_number> rows_of(const config::fetch_settings& from, std::string_view key,
                                    const std::string& text) {
    if (text.empty()) return std::nullopt;
    row_number made;
    const auto* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, made.fixed).ptr == end) return made;
    made.wanted = number_in(from, key, text, 0);
    if (!made.wanted) return std::nullopt;
    return made;
  }

  /// The parameter that `text`, in braces, names: one that is never less than `least`.
  std::optional<placeholder> number_in(const config::fetch_settings& from, std::string_view key,
                                       const std::string& text, std::int64_t least) {
    auto wanted = placeholder::parse(std::string_view(text).substr(1, text.size() - 2));
    if (wanted)
      for (const auto& parameter : page_.parameters)
        if (parameter.name == wanted->name && parameter.range && parameter.range->first >= least)
          return std::move(*wanted);
    report(from, fmt::format("{} = \"{}\": expected a parameter with `int`, from {} on", key, text,
                             least));
    return std::nullopt;
  }

  /// The upstream would refuse everything else, visitor by visitor.
  void check_numbers(const config::fetch_settings& from) {
    const auto check = [&](std::string_view key, const std::string& text) {
      if (text.starts_with('{')) number_in(from, key, text, 1);
    };
    check("rows", from.rows);
    check("page", from.page);
    check("newest", from.newest);
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

/// Everything that goes into the page, and who puts it there.
std::vector<std::pair<json::pointer, const config::location*>> places_of(
    const config::page_settings& page) {
  std::vector<std::pair<json::pointer, const config::location*>> out;
  for (const auto& fetch : page.fetches) {
    out.emplace_back(fetch.into, &fetch.where);
    for (const auto* count : {&fetch.shape.count_all, &fetch.shape.count_shown})
      if (*count) out.emplace_back(**count, &fetch.where);
  }
  for (const auto& [at, text] : page.put) out.emplace_back(at, &page.where);
  return out;
}

void check_places(const config::page_settings& page, std::vector<config::diagnostic>& problems) {
  const auto all = places_of(page);
  for (std::size_t i = 0; i < all.size() && all.size() > 1; ++i) {
    const auto& [at, where] = all[i];
    if (at.empty())
      problems.push_back({*where, "several things in a page: each needs `into`", {}, false});
    for (std::size_t other = 0; other < all.size(); ++other)
      if (other != i && !at.empty() && starts_with(all[other].first, at))
        problems.push_back(
            {*where,
             fmt::format("\"{}\" would overwrite \"{}\"", at.text(), all[other].first.text()),
             {},
             false});
  }
}

void compile_puts(const config::page_settings& page, const page_class& of, page_recipe& recipe,
                  std::vector<config::diagnostic>& problems) {
  const auto report = [&](const json::pointer& at, const std::string& why) {
    problems.push_back({page.where, fmt::format("put \"{}\": {}", at.text(), why), {}, false});
  };
  for (const auto& [at, text] : page.put) {
    auto made = json_template::parse(text);
    if (!made) {
      report(at, made.error().text());
      continue;
    }
    for (const auto& wanted : made->placeholders())
      if (wanted.name.empty() || !of.index_of(wanted.name))
        report(at, wanted.text() + " is not a parameter");
    recipe.puts.emplace_back(at, std::move(*made));
  }
}

}  // namespace

bool page_recipe::is_one_answer() const {
  if (parts.size() != 1 || !parts[0].into.empty() || !puts.empty()) return false;
  const auto& shape = parts[0].shape;
  return !shape || (!shape->count_all && !shape->count_shown);
}

page_recipe page_recipe::compile(const config::settings& settings,
                                 const config::page_settings& page, const page_class& of,
                                 std::vector<config::diagnostic>& problems) {
  page_recipe recipe;
  recipe.max_size = page.max_size;
  recipe.is_json = is_json_type(page.type);
  if (page.fetches.size() > parts_max) {
    problems.push_back(
        {page.where, fmt::format("at most {} fetches a page", parts_max), {}, false});
    return recipe;
  }
  part_compiler compiler(settings, page, of, problems);
  for (const auto& fetch : page.fetches) recipe.parts.push_back(compiler.compile(fetch));
  check_places(page, problems);
  compile_puts(page, of, recipe, problems);
  return recipe;
}

}  // namespace freshet
