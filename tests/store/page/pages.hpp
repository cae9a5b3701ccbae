#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "store/page/site.hpp"

namespace freshet {

inline config::page_settings make_page(std::string name, std::string path,
                                       std::vector<config::parameter_settings> parameters = {}) {
  config::page_settings page;
  page.where = {"a.toml", static_cast<std::uint32_t>(name.size()), 1, "page." + name};
  page.name = std::move(name);
  page.path = std::move(path);
  page.parameters = std::move(parameters);
  return page;
}

inline config::parameter_settings make_parameter(std::string name) {
  config::parameter_settings made;
  made.name = std::move(name);
  return made;
}

inline config::parameter_settings integer_parameter(std::string name, std::int64_t low,
                                                    std::int64_t high) {
  auto made = make_parameter(std::move(name));
  made.range = {low, high};
  return made;
}

/// Fails the test when the pages do not compile.
inline site make_site(const std::vector<config::page_settings>& pages) {
  std::vector<config::diagnostic> problems;
  auto made = site::compile(pages, problems);
  for (const auto& problem : problems) ADD_FAILURE() << problem.message;
  return made;
}

/// "404", "400 why", or "page canonical".
inline std::string ask(const site& pages, std::string_view target) {
  const auto match = pages.find(target);
  if (match.what == page_match::outcome::unknown) return "404";
  if (match.what == page_match::outcome::invalid) return "400 " + match.detail;
  return pages.page(match.key.page).name() + " " + match.canonical;
}

}  // namespace freshet
