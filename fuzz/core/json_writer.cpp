/// Any bytes as a string, any JSON as a tree: what the writer writes is one line and reads back.
#include "core/json/writer.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace {

namespace dom = simdjson::dom;
using freshet::fuzz::require;

void copy(dom::element at, freshet::json::writer& to) {
  if (at.is_object()) {
    to.begin_object();
    for (const auto [key, child] : at.get_object()) {
      to.key(key);
      copy(child, to);
    }
    to.end_object();
  } else if (at.is_array()) {
    to.begin_array();
    for (const dom::element child : at.get_array()) copy(child, to);
    to.end_array();
  } else if (at.is_string()) {
    to.string(at.get_string());
  } else if (at.is_bool()) {
    to.boolean(at.get_bool());
  } else if (at.is_int64()) {
    to.number(at.get_int64().value());
  } else if (at.is_uint64()) {
    to.number(at.get_uint64().value());
  } else if (at.is_double()) {
    to.number(at.get_double().value());
  } else {
    to.null();
  }
}

bool same(dom::element a, dom::element b) {
  if (a.is_number()) {  // 1e2 is written as 100: another type, the same number
    if (!b.is_number()) return false;
    return simdjson::minify(a) == simdjson::minify(b) ||
           a.get_double().value() == b.get_double().value();
  }
  if (a.is_array()) {
    const auto left = a.get_array().value(), right = b.is_array() ? b.get_array().value() : left;
    return b.is_array() && std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
  }
  if (!a.is_object()) return simdjson::minify(a) == simdjson::minify(b);
  if (!b.is_object()) return false;
  std::vector<std::pair<std::string_view, dom::element>> left, right;
  for (const auto [key, child] : a.get_object()) left.emplace_back(key, child);
  for (const auto [key, child] : b.get_object()) right.emplace_back(key, child);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](auto& x, auto& y) {
    return x.first == y.first && same(x.second, y.second);
  });
}

bool one_line(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  static json::reader reader(1 << 20), again(1 << 20);
  std::string string;
  json::append_string(string, text);
  require(one_line(string), "a string holds no control character");
  const auto read = reader.read(string);
  require(read && read->is_string(), "a string reads back");
  if (fuzz::is_utf8(text)) require(read->get_string().value() == text, "as what it was");

  const auto root = reader.read(text);
  if (!root) return 0;
  std::string out;
  json::writer to(out);
  copy(*root, to);
  require(one_line(out), "a document is one line");
  const auto second = again.read(out);
  require(second.has_value(), "a document reads back");
  require(same(*second, *root), "as what it was");
  return 0;
}
