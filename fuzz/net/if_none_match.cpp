/// A field's value: a match means that the version's hex digits stand in it as an entity tag, and a
/// list of tags that parses matches exactly when one of them is the version's.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/support/target.hpp"
#include "net/http/answer/conditional.hpp"

namespace {

constexpr std::string_view etag = "0123456789abcdef0123456789abcdef";

/// The opaque parts of `tag *( OWS "," OWS tag )`; nothing when it is not one. Elements may be
/// empty (RFC 9110, 5.6.1).
bool tags_of(std::string_view text, std::vector<std::string_view>& tags) {
  const auto skip = [&text](std::string_view what) {
    text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
  };
  for (;;) {
    skip(" \t,");
    if (text.empty()) return true;
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (!text.starts_with('"')) return false;
    const auto end = text.find('"', 1);
    if (end == text.npos) return false;
    tags.push_back(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    skip(" \t");
    if (!text.empty() && text.front() != ',') return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using freshet::fuzz::require;
  freshet::fuzz::input in(data, size);
  const auto field = in.rest();
  const bool matched = freshet::http::if_none_match(field, etag);
  std::vector<std::string_view> tags;
  const bool parses = tags_of(field, tags);
  bool named = false;
  for (const auto tag : tags) {
    const auto rest = tag.starts_with(etag) ? tag.substr(etag.size()) : "no";
    named = named || rest.empty() || rest == "-gz" || rest == "-br";
  }
  if (parses) require(matched == named, "a list matches by its tags");
  if (matched && !parses) {
    const auto star = field.find_first_not_of(" \t");
    const bool is_star = star != field.npos && field[star] == '*';
    require(named || is_star, "a broken list matches by a tag that stands before the break");
  }
  return 0;
}
