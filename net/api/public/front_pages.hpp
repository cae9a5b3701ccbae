#pragma once

#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "net/http/answer/page_answer.hpp"
#include "store/page/site.hpp"

namespace freshet::api {

/// One of them: answered like a page, but for what a head says of freshness.
struct document {
  entry_ptr content;
  std::string path;
  std::string last;  // the last lines of its head

  http::page_text text() const { return {*content, path, {last}}; }
};

/// The documents that come with the server: the tutorial or the demo page, and live.js.
///
/// Shape:    made once, in every coding, and answered like pages. The front page's
///           Content-Security-Policy names its inline script and style by their hash, so that
///           nothing else runs.
/// Lifetime: documents as long as this object.
class front_pages {
 public:
  /// `examples`: paths to show; empty = made from the patterns.
  front_pages(const config::settings& settings, const site& pages,
              std::vector<std::string> examples, bool demo, wall_time started);

  const document& front() const { return front_; }
  const document& script() const { return script_; }

 private:
  document front_;
  document script_;
};

/// A path that the page might answer: values that the configuration names, else the parameter's own
/// name.
std::string example_path(const page_class& page, const config::page_settings& settings);

/// The policy line for a document, with its CRLF: `'sha256-..'` of each inline script and style.
std::string policy_for(std::string_view html);

}  // namespace freshet::api
