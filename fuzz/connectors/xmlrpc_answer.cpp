/// An XML-RPC answer, alone or of many calls: it is refused, or becomes JSON that a strict reader
/// takes, within the levels that a page may have.
#include "connectors/upstream/xmlrpc/rpc_answer.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

using namespace freshet;
using fuzz::require;

namespace {

void check(const xmlrpc::rpc_answer& answer) {
  static json::reader reader(1 << 22);
  if (answer.refusal) {
    require(answer.json.empty(), "a fault is no value");
    require(answer.refusal->sentence().size() < 400, "its text is bounded");
    return;
  }
  require(reader.read(answer.json).has_value(), "what is written is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto text = in.rest();
  const xmlrpc::xml_limits limits{1 << 20, 220, 20'000};
  const bool passes = xmlrpc::scan_xml(text, limits).has_value();
  const auto one = xmlrpc::read_answer(std::string(text), limits);
  const auto many = xmlrpc::read_answers(std::string(text), limits);
  require(passes || (!one && !many), "what the scan refuses is never read");
  if (one)
    check(*one);
  else
    require(!one.error().detail.empty(), "a refusal says why");
  if (!many) return 0;
  bool refused = false;
  for (const auto& each : *many) {
    check(each);
    refused = refused || each.refusal;
  }
  // Of a fault only its code and text are read.
  require(one.has_value() || refused, "an answer of many calls is an answer");
  return 0;
}
