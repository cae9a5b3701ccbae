#include "connectors/upstream/xmlrpc/rpc_question.hpp"

#include "core/json/number_source.hpp"
#include "core/json/validate.hpp"

namespace freshet::xmlrpc {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t question_bytes_max = 4u << 20;

class pen {
 public:
  explicit pen(std::string& out, std::string_view source) : out_(out), source_(source) {}

  bool text(std::string_view from) {
    for (const char c : from) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
      switch (c) {
        case '&':
          out_ += "&amp;";
          break;
        case '<':
          out_ += "&lt;";
          break;
        case '>':
          out_ += "&gt;";
          break;
        case '\r':
          out_ += "&#13;";  // a reader would make a line feed of it
          break;
        default:
          out_ += c;
      }
    }
    return true;
  }

  bool value(dom::element from) {
    out_ += "<value>";
    const bool good = inside(from);
    out_ += "</value>";
    return good;
  }

  bool member(std::string_view name, dom::element from) {
    out_ += "<member><name>";
    const bool good = text(name);
    out_ += "</name>";
    return value(from) && end_member(good);
  }

  bool keywords(dom::object from) {
    out_ += "<value><struct>";
    bool good = true;
    for (const auto [name, each] : from) good = member(name, each) && good;
    out_ +=
        "<member><name>__starstar</name><value><boolean>1</boolean></value></member>"
        "</struct></value>";
    return good;
  }

 private:
  bool end_member(bool good) {
    out_ += "</member>";
    return good;
  }
  bool tagged(std::string_view tag, std::string_view from) {
    out_ += '<';
    out_ += tag;
    out_ += '>';
    const bool good = text(from);
    out_ += "</";
    out_ += tag;
    out_ += '>';
    return good;
  }
  bool inside(dom::element from) {
    using type = dom::element_type;
    json::number_buffer buffer;
    switch (from.type()) {
      case type::NULL_VALUE:
        out_ += "<nil/>";
        return true;
      case type::BOOL:
        return tagged("boolean", from.get_bool().value_unsafe() ? "1" : "0");
      case type::STRING:
        return tagged("string", from.get_string().value_unsafe());
      case type::INT64: {
        const auto n = from.get_int64().value_unsafe();
        const bool small = n >= INT32_MIN && n <= INT32_MAX;
        return tagged(small ? "int" : "i8", json::number_text(from, source_, buffer));
      }
      case type::UINT64:
        return tagged("i8", json::number_text(from, source_, buffer));
      case type::DOUBLE:
        return tagged("double", json::number_text(from, source_, buffer));
      case type::ARRAY: {
        bool good = true;
        out_ += "<array><data>";
        for (const auto each : from.get_array().value_unsafe()) good = value(each) && good;
        out_ += "</data></array>";
        return good;
      }
      case type::OBJECT: {
        bool good = true;
        out_ += "<struct>";
        for (const auto [name, each] : from.get_object().value_unsafe())
          good = member(name, each) && good;
        out_ += "</struct>";
        return good;
      }
    }
    return false;
  }

  std::string& out_;
  json::number_source source_;
};

/// Each argument as a <value> between `before` and `after`.
result<void> write_arguments(const remote_call& call, dialect as, std::string_view before,
                             std::string_view after, std::string& out) {
  json::reader reader(question_bytes_max);
  const auto root = reader.read(call.arguments);
  dom::array all;
  if (!root || root->get_array().get(all))
    return fail(errc::malformed,
                call.method + ": " + (root ? "arguments are not a list" : root.error().text()));
  pen to(out, reader.source());
  std::size_t left = all.size();
  for (const auto each : all) {
    dom::object named;
    const bool keywords = as == dialect::koji && --left == 0 && !each.get_object().get(named);
    if (keywords && named.size() == 0) break;
    out += before;
    const bool good = keywords ? to.keywords(named) : to.value(each);
    out += after;
    if (!good) return fail(errc::malformed, call.method + ": text that XML cannot carry");
  }
  return {};
}

constexpr std::string_view prolog = "<?xml version='1.0'?>\n<methodCall><methodName>";
constexpr std::string_view epilog = "</params></methodCall>\n";

}  // namespace

result<std::string> write_question(const remote_call& call, dialect as) {
  std::string out(prolog);
  if (!pen(out, {}).text(call.method)) return fail(errc::malformed, "the name of a method");
  out += "</methodName><params>";
  if (auto written = write_arguments(call, as, "<param>", "</param>", out); !written)
    return written.error();
  out += epilog;
  return out;
}

result<std::string> write_questions(const std::vector<remote_call>& calls, dialect as) {
  std::string out(prolog);
  out += "multiCall</methodName><params><param><value><array><data>";
  for (const auto& call : calls) {
    out += "<value><struct><member><name>methodName</name><value><string>";
    if (!pen(out, {}).text(call.method)) return fail(errc::malformed, "the name of a method");
    out += "</string></value></member><member><name>params</name><value><array><data>";
    if (auto written = write_arguments(call, as, {}, {}, out); !written) return written.error();
    out += "</data></array></value></member></struct></value>";
  }
  out += "</data></array></value></param>";
  out += epilog;
  return out;
}

}  // namespace freshet::xmlrpc
