#pragma once

#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "net/http/head/request_head.hpp"
#include "net/http/server/responder.hpp"
#include "store/page/site.hpp"

namespace freshet::api {

/// Who may see pages with `only`: those whom a trusted proxy's header names.
///
/// Shape:    a page is admitted when each of its `only` parameters equals one item of its header,
///           both in the parameter's one form. A header that stands twice, or that anybody but one
///           of `proxies` wrote, names nobody.
/// Lifetime: settings and site outlive it. Immutable: any thread.
class page_guard {
 public:
  page_guard(const config::settings& settings, const site& pages);

  /// For every other page this is all that it costs.
  bool guards(class_id page) const { return any_ && !rules_[page].empty(); }
  bool admits(const page_key& key, const http::request_head& head, const http::peer& from) const;

 private:
  struct rule {
    std::size_t parameter;
    std::string header;
  };
  bool holds(const rule& r, const page_key& key, const http::request_head& head) const;

  const site& pages_;
  std::vector<std::vector<rule>> rules_;  // by class
  bool any_ = false;
};

}  // namespace freshet::api
