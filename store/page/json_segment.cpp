#include "store/page/json_segment.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "core/url/percent.hpp"

namespace freshet {
namespace {

// A segment has at most 255 bytes, so recursion is at most that deep.
void write(simdjson::dom::element from, std::string& out) {
  using type = simdjson::dom::element_type;
  if (from.type() == type::ARRAY) {
    out += '[';
    bool first = true;
    for (const auto child : simdjson::dom::array(from)) {
      if (!first) out += ',';
      first = false;
      write(child, out);
    }
    out += ']';
  } else if (from.type() == type::OBJECT) {
    struct member {
      std::string_view name;
      std::size_t order;  // std::stable_sort is deprecated inside libstdc++ 12
      simdjson::dom::element value;
    };
    std::vector<member> members;
    for (const auto [name, child] : simdjson::dom::object(from)) {
      members.push_back({name, members.size(), child});
    }
    std::sort(members.begin(), members.end(), [](const member& a, const member& b) {
      return std::tie(a.name, a.order) < std::tie(b.name, b.order);
    });
    out += '{';
    bool first = true;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0 && members[i].name == members[i - 1].name) continue;
      if (!first) out += ',';
      first = false;
      out += '"';
      out += members[i].name;  // holds no quote and no control: the source had no backslash
      out += "\":";
      write(members[i].value, out);
    }
    out += '}';
  } else {
    out += simdjson::minify(from);
  }
}

}  // namespace

result<void> minify_json_segment(std::string& segment) {
  if (segment.find('\\') != std::string::npos) return fail(errc::malformed, "JSON without escapes");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(segment).get(root)) return fail(errc::malformed, "JSON");
  std::string out;
  write(root, out);
  segment = std::move(out);
  return {};
}

std::string value_in_segment(const std::string& segment, const json::pointer& at) {
  using type = simdjson::dom::element_type;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(segment).get(root)) return {};
  const auto found = at.find(root);
  if (!found) return {};
  const auto kind = found->type();
  if (kind == type::NULL_VALUE || kind == type::ARRAY || kind == type::OBJECT) return {};
  std::string text = kind == type::STRING ? std::string(std::string_view(*found))
                                          : std::string(simdjson::minify(*found));
  if (!is_plain_text(text)) return {};
  return text;
}

}  // namespace freshet
