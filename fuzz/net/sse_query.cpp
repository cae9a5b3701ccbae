/// Host, public URL and Last-Event-ID, one a line, then the query of a stream: what is accepted
/// names pages of this site only, within bounds, and asks for the same when it is asked again.
#include "net/sse/query.hpp"

#include <algorithm>
#include <string>

#include "core/url/percent.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

class two_pages final : public sse::page_directory {
 public:
  result<std::string> canonical(std::string_view target) const override {
    require(target.starts_with('/'), "only paths are asked for");
    auto path = percent_decode(target.substr(0, target.find('?')));
    if (!path) return path.error();
    const bool odd = path->find_first_of("?%") != path->npos;  // not what this fake is about
    if (odd || !(one_.matches(*path) || two_.matches(*path))) return fail(errc::missing, "no page");
    std::string out;
    for (const char c : *path) {
      if (c == '/') {
        out += c;
      } else {
        percent_encode({&c, 1}, percent_set::canonical, out);
      }
    }
    return out;
  }
  bool can_match(const sse::url_pattern& pattern) const override {
    return pattern.meets(one_) || pattern.meets(two_);
  }

 private:
  sse::url_pattern one_ = sse::url_pattern::parse("/packages/:p/builds.json").value();
  sse::url_pattern two_ = sse::url_pattern::parse("/w/*").value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const two_pages pages;
  fuzz::input in(data, size);
  sse::query_context context;
  context.host = in.line();
  context.public_url = in.line();
  context.last_event_id_header = in.line();
  const auto query = in.rest();
  const auto read = sse::parse_query(query, pages, context);
  if (!read) {
    require(!read.error().detail.empty(), "a refusal says why");
    return 0;
  }
  const auto& watch = read->watch;
  require(!watch.empty(), "a stream watches something");
  require(watch.exact().size() + watch.patterns().size() <= sse::matcher::matchers_max,
          "at most 200");
  require(std::is_sorted(watch.exact().begin(), watch.exact().end()), "sorted");
  require(read->last_event_id.size() <= 64, "an id is bounded");
  std::string again;
  for (const auto& path : watch.exact()) {
    require(watch.matches(path), "what is named is watched");
    again += "&match=" + percent_encode(path, percent_set::unreserved);
  }
  for (const auto& pattern : watch.patterns()) {
    require(pages.can_match(pattern), "some page can match");
    again += "&match_urlpattern=" + percent_encode(pattern.text(), percent_set::unreserved);
  }
  const auto second = sse::parse_query(again, pages, context);
  require(second.has_value(), "it can be asked for again");
  require(second->watch.patterns().size() == watch.patterns().size(), "with the same patterns");
  return 0;
}
