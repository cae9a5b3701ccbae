#pragma once

#include <vector>

#include "core/config/settings.hpp"
#include "net/sse/query.hpp"
#include "store/page/site.hpp"

namespace freshet::api {

/// The pages of this site as a stream's query sees them.
///
/// Errors:   canonical(): missing (no page, or one that is never pushed), malformed.
/// Lifetime: both outlive it.
class site_directory final : public sse::page_directory {
 public:
  site_directory(const config::settings& settings, const site& pages);

  result<std::string> canonical(std::string_view target) const override;
  bool can_match(const sse::url_pattern& pattern) const override;

 private:
  const config::settings& settings_;
  const site& pages_;
  std::vector<sse::url_pattern> patterns_;
};

}  // namespace freshet::api
