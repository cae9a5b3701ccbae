#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/config/settings.hpp"
#include "core/url/json_template.hpp"
#include "core/url/url_template.hpp"
#include "store/ledger/claim.hpp"
#include "store/page/page_class.hpp"

namespace freshet {

/// A number of rows: written in the configuration, or a parameter's.
struct row_number {
  std::size_t fixed = 0;
  std::optional<placeholder> wanted;
};

/// One `fetch` of a page, compiled.
struct part_recipe {
  std::size_t upstream = 0;  // index into settings.upstreams
  std::string method;
  url_template target;
  std::optional<json_template> json;
  std::string body;
  std::optional<json_template> call;                        // [[method, args...]...]
  std::vector<std::variant<std::string, placeholder>> run;  // a program and its arguments
  std::vector<std::pair<std::string, std::string>> headers;
  json::pointer into;
  bool optional = false;
  part_mask needs = 0;  // earlier parts whose result stands in a placeholder
  std::uint32_t redirects = 0;
  /// Shared: a check may go on when its engine has gone.
  std::shared_ptr<const std::vector<config::where_entry>> expect;
  std::shared_ptr<const config::shape_settings> shape;  // null: as it comes
  std::optional<row_number> skip, limit;
  std::shared_ptr<const config::paging_settings> paging;  // null: one answer
  std::size_t answer_max = 0;  // bytes of all answers, before they are shaped
};

/// How a page's document is made. Immutable; the settings outlive it.
struct page_recipe {
  std::vector<part_recipe> parts;
  std::size_t max_size = 0;
  bool is_json = true;
  /// What stands beside the answers.
  std::vector<std::pair<json::pointer, json_template>> puts;

  /// Names that do not exist and impossible combinations become diagnostics at the fetch's place.
  static page_recipe compile(const config::settings& settings, const config::page_settings& page,
                             const page_class& of, std::vector<config::diagnostic>& problems);
  /// The page is its only answer, byte for byte.
  bool is_one_answer() const;
  part_mask all() const { return parts.size() >= 32 ? ~0u : (1u << parts.size()) - 1; }
};

}  // namespace freshet
