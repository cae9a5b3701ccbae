#pragma once

#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "store/entry.hpp"
#include "store/page/site.hpp"

namespace freshet::api {

/// The documents that come with the server: the tutorial or the demo page, and live.js.
///
/// Shape:    made once, in every coding, and served like pages; `policy` is the front page's
///           Content-Security-Policy line, which names its inline script and style by their hash.
class front_pages {
 public:
  /// `examples`: paths to show; empty = made from the patterns.
  front_pages(const config::settings& settings, const site& pages,
              const std::vector<std::string>& examples, bool demo, wall_time started);

  const view& front() const { return front_; }
  const std::string& policy() const { return policy_; }
  const view& script() const { return script_; }

 private:
  view front_;
  view script_;
  std::string policy_;
};

/// A path that the page might answer: declared values where the configuration names some, the
/// parameter's own name elsewhere.
std::string example_path(const page_class& page, const config::page_settings& settings);

}  // namespace freshet::api
