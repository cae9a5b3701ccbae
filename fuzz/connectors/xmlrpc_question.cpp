/// Arguments as JSON: refused, or written as XML that our own reader takes, and that says the same.
#include "connectors/upstream/xmlrpc/rpc_question.hpp"

#include "connectors/upstream/xmlrpc/rpc_answer.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

using namespace freshet;
using fuzz::require;

namespace {

/// What a reader makes of the first argument.
std::string back(const std::string& question) {
  const auto begin = question.find("<param>");
  const auto end = question.find("</param>");
  if (begin == std::string::npos) return {};
  const auto xml = "<methodResponse><params>" + question.substr(begin, end - begin) +
                   "</param></params></methodResponse>";
  const auto read = xmlrpc::read_answer(xml, {});
  require(read.has_value() && !read->refusal, "what is written can be read");
  return read->json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::reader first(1 << 22), second(1 << 22);
  fuzz::input in(data, size);
  const remote_call call{"m", std::string(in.rest())};
  const auto plain = xmlrpc::write_question(call, xmlrpc::dialect::plain);
  const auto koji = xmlrpc::write_question(call, xmlrpc::dialect::koji);
  require(plain.has_value() == koji.has_value(), "both refuse the same");
  if (!plain) return 0;
  const auto many = xmlrpc::write_questions({call, call}, xmlrpc::dialect::koji);
  require(many.has_value(), "and so does a list of them");
  const auto given = first.read(call.arguments);
  simdjson::dom::array arguments;
  require(given && !given->get_array().get(arguments), "arguments are a list");
  if (arguments.size() == 0 || call.arguments.find("<param>") != std::string::npos) return 0;
  const auto text = back(*plain);
  const auto again = second.read(text);
  require(again.has_value(), "it is JSON again");
  require(simdjson::minify(*again) == simdjson::minify(arguments.at(0)), "and says the same");
  return 0;
}
