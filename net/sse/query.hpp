#pragma once

#include <string>
#include <string_view>

#include "net/sse/matcher.hpp"

namespace freshet::sse {

/// What the query needs to know about the pages of this site. Implemented where the site is known.
class page_directory {
 public:
  virtual ~page_directory() = default;
  /// The canonical path of the page that a request for `target` (path and query) would get.
  virtual result<std::string> canonical(std::string_view target) const = 0;
  virtual bool can_match(const url_pattern& pattern) const = 0;
};

/// Where the request came in.
/// Lifetime: only for the call.
struct query_context {
  std::string_view host;                  // the Host field: absolute URLs of it are ours
  std::string_view public_url;            // and those below this
  std::string_view last_event_id_header;  // wins over the query: a browser resumes with the old URL
};

/// A request for a stream, checked.
struct stream_request {
  matcher watch;
  bool name_by_id = false;
  std::string last_event_id;  // "" = from now on; any other text that is not an id means resync
};

/// Reads `match=..&match_urlpattern=..&name=id&last_event_id=..`. A `+` is a plus sign: paths have
/// no spaces, but packages have plus signs.
///
/// Errors: malformed, missing, out_of_range; all of them are the client's (400), `detail` is for
///         it.
result<stream_request> parse_query(std::string_view query, const page_directory& pages,
                                   const query_context& context);

}  // namespace freshet::sse
