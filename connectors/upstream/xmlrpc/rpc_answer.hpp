#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/upstream/xmlrpc/xml_scan.hpp"
#include "core/result.hpp"

namespace freshet::xmlrpc {

/// "No", said by a hub.
struct fault {
  std::int64_t code = 0;
  std::string text;
  /// "fault 1000: No such build"; at most 300 bytes of its text.
  std::string sentence() const;
};

/// What one call brought: a value as JSON text, or a fault.
struct rpc_answer {
  std::string json;
  std::optional<fault> refusal;
};

/// The value of a <methodResponse>, or its fault.
///
/// Shape:  numbers keep the digits they were sent with; <nil/> is null, base64 stays base64 and
///         dateTime.iso8601 the text it is; a <value> without a type is a string.
/// Errors: what scan_xml() says; malformed (not XML, not XML-RPC), out_of_range (64 levels).
/// Source: xmlrpc.com/spec, Apache's extensions.
result<rpc_answer> read_answer(std::string xml, const xml_limits& limits);

/// The answers of a multiCall, one per call: [value], or a struct with a fault. A fault of the
/// multiCall itself is an error.
result<std::vector<rpc_answer>> read_answers(std::string xml, const xml_limits& limits);

}  // namespace freshet::xmlrpc
