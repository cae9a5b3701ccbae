#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "connectors/upstream/upstream.hpp"
#include "core/result.hpp"

namespace freshet::xmlrpc {

/// Which spelling a hub understands.
enum class dialect {
  plain,  // an object is a struct wherever it stands
  koji,   // an object that stands last holds the keyword arguments; an empty one says: there are
          // none
};

/// A <methodCall>. Integers of 32 bits are <int>, beyond them <i8>; null is <nil/>.
///
/// Errors: malformed: arguments that are not a JSON array, deeper than 64 levels, or text with
///         characters that XML does not have; the detail names the method.
/// Source: xmlrpc.com/spec, Apache's extensions, Koji's `__starstar`.
result<std::string> write_question(const remote_call& call, dialect as);

/// A <methodCall> of Koji's multiCall, whose answer read_answers() takes apart.
result<std::string> write_questions(const std::vector<remote_call>& calls, dialect as);

}  // namespace freshet::xmlrpc
