/// A target, then page patterns, one a line: whatever set of patterns compiles, a found target is
/// found again by its canonical path, and by the same page.
#include <limits>

#include "core/config/settings.hpp"
#include "fuzz/support/target.hpp"
#include "store/page/site.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  fuzz::input in(data, size);
  const auto target = in.line();
  std::vector<config::page_settings> pages;
  while (!in.done() && pages.size() < 40) {
    config::page_settings page;
    page.name = "p" + std::to_string(pages.size());
    page.path = in.line();
    std::vector<config::diagnostic> problems;
    const auto alone = site::compile({page}, problems);
    require(problems.empty() == (alone.pages().size() == 1), "a page compiles or has a problem");
    if (problems.empty()) pages.push_back(std::move(page));
  }
  std::vector<config::diagnostic> problems;
  auto on = site::compile(pages, problems);
  if (!problems.empty()) {  // equal shapes: the first of them alone
    require(on.pages().empty(), "a site with a problem has no page");
    pages.resize(1);
    problems.clear();
    on = site::compile(pages, problems);
    require(problems.empty(), "which compiled before");
  }
  const auto match = on.find(target);
  if (match.what != page_match::outcome::found) return 0;
  const auto again = on.find(match.canonical);
  require(again.what == page_match::outcome::found, "a canonical path is found");
  require(again.key == match.key && again.canonical == match.canonical, "as the same key");
  // The same patterns in the other order: what decides is the path, not the configuration's order.
  std::vector<config::page_settings> mirrored(pages.rbegin(), pages.rend());
  const auto other = site::compile(mirrored, problems).find(target);
  require(other.what == page_match::outcome::found, "found in any order");
  require(other.key.page == pages.size() - 1 - match.key.page, "by the same page");
  require(other.canonical == match.canonical, "under the same path");
  return 0;
}
