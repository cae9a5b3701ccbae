#include "core/url/json_template.hpp"

#include "core/json/writer.hpp"

namespace freshet {
namespace {

constexpr int depth_max = 64;

}  // namespace

result<json_template::node> json_template::build(simdjson::dom::element element, int depth) {
  using type = simdjson::dom::element_type;
  if (depth > depth_max) return fail(errc::out_of_range, "deeper than 64 levels");
  node built;
  if (element.type() == type::STRING) {
    const auto text = std::string_view(element);
    if (text.size() > 2 && text.starts_with('{') && text.ends_with('}')) {
      auto wanted = placeholder::parse(text.substr(1, text.size() - 2));
      if (!wanted) return wanted.error();
      built.what = node::kind::wanted;
      built.wanted = std::move(*wanted);
      return built;
    }
  }
  if (element.type() == type::ARRAY) {
    built.what = node::kind::array;
    for (const auto child : simdjson::dom::array(element)) {
      auto made = build(child, depth + 1);
      if (!made) return made;
      built.children.push_back(std::move(*made));
    }
  } else if (element.type() == type::OBJECT) {
    built.what = node::kind::object;
    for (const auto [name, child] : simdjson::dom::object(element)) {
      auto made = build(child, depth + 1);
      if (!made) return made;
      auto& spelt = built.names.emplace_back();
      json::append_string(spelt, name);
      spelt += ':';
      built.children.push_back(std::move(*made));
    }
  } else {
    built.literal = simdjson::minify(element);
  }
  return built;
}

result<json_template> json_template::parse(std::string_view text) {
  if (text.size() > bytes_max) return fail(errc::out_of_range, "longer than 64 KiB");
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (auto error = parser.parse(text.data(), text.size()).get(element)) {
    return fail(errc::malformed, std::string("not JSON: ") + simdjson::error_message(error));
  }
  auto root = build(element, 0);
  if (!root) return root.error();
  json_template parsed;
  parsed.root_ = std::move(*root);
  return parsed;
}

/// False, and nothing written, when the value was empty.
result<bool> json_template::write(const node& from, const template_lookup& lookup,
                                  std::string& out) {
  if (from.what == node::kind::literal) {
    out += from.literal;
    return true;
  }
  if (from.what == node::kind::wanted) {
    auto value = look_up(from.wanted, lookup);
    if (!value) return value.error();
    if (value->text.empty()) return false;
    if (value->json.empty()) {
      json::append_string(out, value->text);
    } else {
      out += value->json;
    }
    return true;
  }
  const bool object = from.what == node::kind::object;
  out += object ? '{' : '[';
  bool first = true;
  for (std::size_t i = 0; i < from.children.size(); ++i) {
    const auto begin = out.size();
    if (!first) out += ',';
    if (object) out += from.names[i];
    auto written = write(from.children[i], lookup, out);
    if (!written) return written;
    if (*written) {
      first = false;
    } else {
      out.resize(begin);
    }
  }
  out += object ? '}' : ']';
  return true;
}

result<std::string> json_template::expand(const template_lookup& lookup) const {
  std::string out;
  auto written = write(root_, lookup, out);
  if (!written) return written.error();
  if (!*written) out = "null";
  return out;
}

void json_template::gather(const node& from, std::vector<placeholder>& found) {
  if (from.what == node::kind::wanted) found.push_back(from.wanted);
  for (const auto& child : from.children) gather(child, found);
}

std::vector<placeholder> json_template::placeholders() const {
  std::vector<placeholder> found;
  gather(root_, found);
  return found;
}

}  // namespace freshet
