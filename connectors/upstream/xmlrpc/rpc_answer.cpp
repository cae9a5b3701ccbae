#include "connectors/upstream/xmlrpc/rpc_answer.hpp"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "connectors/upstream/xmlrpc/rpc_numbers.hpp"
#include "core/json/validate.hpp"
#include "core/json/writer.hpp"
#include "core/text/clipped.hpp"

namespace freshet::xmlrpc {
namespace {

constexpr std::size_t fault_text_max = 300;

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 = 0: all of it
}

pugi::xml_node first_element(const pugi::xml_node& of) {
  for (const auto& child : of.children())
    if (child.type() == pugi::node_element) return child;
  return {};
}

bool is_only_element(const pugi::xml_node& node) {
  for (auto next = node.next_sibling(); next; next = next.next_sibling())
    if (next.type() == pugi::node_element) return false;
  return true;
}

std::string text_of(const pugi::xml_node& node) {
  std::string out;
  for (const auto& child : node.children())
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  return out;
}

error not_rpc(std::string detail) { return fail(errc::malformed, "XML-RPC: " + std::move(detail)); }

/// Writes values as JSON.
class reading {
 public:
  explicit reading(std::string& out) : to_(out) {}

  result<void> value(const pugi::xml_node& from, std::size_t depth) {
    if (local_name(from) != "value")
      return not_rpc("expected <value>, found <" + std::string(from.name()).substr(0, 32) + ">");
    if (depth > json::reader::depth_max + 1)
      return fail(errc::out_of_range, "deeper than 64 levels");
    const auto typed = first_element(from);
    if (!typed) {
      to_.string(text_of(from));
      return {};
    }
    if (!is_only_element(typed)) return not_rpc("two types in one <value>");
    const auto type = local_name(typed);
    if (type == "struct") return structure(typed, depth);
    if (type == "array") return array(typed, depth);
    if (first_element(typed)) return not_rpc("an element inside of <" + std::string(type) + ">");
    return scalar(type, text_of(typed));
  }

 private:
  result<void> structure(const pugi::xml_node& from, std::size_t depth) {
    to_.begin_object();
    for (const auto& member : from.children()) {
      if (member.type() != pugi::node_element) continue;
      const auto name = first_element(member);
      if (local_name(member) != "member" || local_name(name) != "name")
        return not_rpc("expected <member><name>");
      auto next = name.next_sibling();
      while (next && next.type() != pugi::node_element) next = next.next_sibling();
      if (!next || !is_only_element(next)) return not_rpc("expected <name> and <value>");
      to_.key(text_of(name));
      if (auto read = value(next, depth + 1); !read) return read;
    }
    to_.end_object();
    return {};
  }

  result<void> array(const pugi::xml_node& from, std::size_t depth) {
    const auto data = first_element(from);
    if (local_name(data) != "data" || !is_only_element(data))
      return not_rpc("expected <array><data>");
    to_.begin_array();
    for (const auto& each : data.children()) {
      if (each.type() != pugi::node_element) continue;
      if (auto read = value(each, depth + 1); !read) return read;
    }
    to_.end_array();
    return {};
  }

  result<void> scalar(std::string_view type, const std::string& text) {
    if (type == "string") {
      to_.string(text);
    } else if (type == "int" || type == "i4" || type == "i8" || type == "i1" || type == "i2") {
      return number(type, text, json_integer(text));
    } else if (type == "double" || type == "float") {
      return number(type, text, json_double(text));
    } else if (type == "boolean") {
      const auto word = trimmed(text);
      const bool yes = word == "1" || word == "true";
      if (!yes && word != "0" && word != "false") return bad(type, text);
      to_.boolean(yes);
    } else if (type == "nil") {
      to_.null();
    } else if (type == "dateTime.iso8601" || type == "dateTime") {
      to_.string(trimmed(text));
    } else if (type == "base64") {
      auto plain = text;
      std::erase_if(plain, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
      to_.string(plain);
    } else {
      return not_rpc("no type is called <" + std::string(type.substr(0, 32)) + ">");
    }
    return {};
  }

  result<void> number(std::string_view type, const std::string& text,
                      const std::optional<std::string>& json) {
    if (!json) return bad(type, text);
    to_.raw(*json);
    return {};
  }

  static error bad(std::string_view type, const std::string& text) {
    return not_rpc("<" + std::string(type) + "> with \"" + std::string(clipped(text, 40)) + "\"");
  }

  json::writer to_;
};

/// A document, and the <value> or <fault> that it holds.
class response {
 public:
  result<void> parse(std::string xml, const xml_limits& limits) {
    const auto encoding = scan_xml(xml, limits);
    if (!encoding) return encoding.error();
    text_ = std::move(xml);
    const auto as = *encoding == xml_encoding::latin1 ? pugi::encoding_latin1 : pugi::encoding_utf8;
    constexpr unsigned how =
        pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata_single;
    const auto parsed = document_.load_buffer_inplace(text_.data(), text_.size(), how, as);
    if (!parsed) return fail(errc::malformed, std::string("not XML: ") + parsed.description());
    const auto root = first_element(document_);
    if (local_name(root) != "methodResponse" || !is_only_element(root))
      return not_rpc("expected <methodResponse>");
    const auto inside = first_element(root);
    is_fault = local_name(inside) == "fault";
    value = is_fault ? first_element(inside) : first_element(first_element(inside));
    if (!is_only_element(inside) || (!is_fault && local_name(inside) != "params") || !value)
      return not_rpc("expected one <params> with one value, or one <fault>");
    return {};
  }

  pugi::xml_node value;
  bool is_fault = false;

 private:
  std::string text_;  // what the document's nodes point into
  pugi::xml_document document_;
};

/// The fault that a struct tells of, if it does.
std::optional<fault> fault_in(const pugi::xml_node& value) {
  const auto structure = first_element(value);
  if (local_name(structure) != "struct") return {};
  std::optional<fault> out;
  std::string words;
  for (const auto& member : structure.children()) {
    const auto name = first_element(member);
    if (local_name(name) != "name") continue;
    const auto last = member.last_child();
    const auto typed = first_element(last);
    const auto text = text_of(typed ? typed : last);
    const auto what = text_of(name);
    if (what == "faultCode") {
      const auto number = trimmed(text);
      std::from_chars(number.data(), number.data() + number.size(), out.emplace().code);
    }
    if (what == "faultString") words = text;
  }
  if (out) out->text = std::move(words);
  return out;
}

/// The elements of <value><array><data>; nothing where that is not what stands there.
pugi::xml_node data_of(const pugi::xml_node& value) {
  const auto array = first_element(value);
  const auto data = first_element(array);
  const bool is = local_name(value) == "value" && local_name(array) == "array" &&
                  local_name(data) == "data" && is_only_element(array) && is_only_element(data);
  return is ? data : pugi::xml_node();
}

result<rpc_answer> answer_of(const pugi::xml_node& value) {
  rpc_answer out;
  if (auto read = reading(out.json).value(value, 1); !read) return read.error();
  return out;
}

}  // namespace

std::string fault::sentence() const {
  return "fault " + std::to_string(code) + ": " + std::string(clipped(text, fault_text_max));
}

result<rpc_answer> read_answer(std::string xml, const xml_limits& limits) {
  response got;
  if (auto parsed = got.parse(std::move(xml), limits); !parsed) return parsed.error();
  if (!got.is_fault) return answer_of(got.value);
  rpc_answer out;
  out.refusal = fault_in(got.value);
  if (!out.refusal) return not_rpc("a <fault> without faultCode");
  return out;
}

result<std::vector<rpc_answer>> read_answers(std::string xml, const xml_limits& limits) {
  response got;
  if (auto parsed = got.parse(std::move(xml), limits); !parsed) return parsed.error();
  if (got.is_fault) {
    const auto refusal = fault_in(got.value);
    if (!refusal) return not_rpc("a <fault> without faultCode");
    return not_rpc("multiCall: " + refusal->sentence());
  }
  const auto data = data_of(got.value);
  if (!data) return not_rpc("a multiCall's answer is an array");
  std::vector<rpc_answer> all;
  for (const auto& each : data.children()) {
    if (each.type() != pugi::node_element) continue;
    if (auto refusal = fault_in(each)) {
      all.push_back({{}, std::move(refusal)});
      continue;
    }
    const auto value = first_element(data_of(each));
    if (!value || !is_only_element(value))
      return not_rpc("a call's answer is an array of one, or a fault");
    auto read = answer_of(value);
    if (!read) return read.error();
    all.push_back(std::move(*read));
  }
  return all;
}

}  // namespace freshet::xmlrpc
