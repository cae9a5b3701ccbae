#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/upstream/upstream.hpp"
#include "core/json/pointer.hpp"
#include "core/result.hpp"

namespace freshet {

/// The calls of a fetch, [[method, args...]...], in rounds: those that need nothing go first and
/// together, those that need what an earlier call brought in a following round.
///
/// Shape:    an argument that is exactly `$0`, or `$1.path.to.it`, stands for the result of that
///           call (an earlier one), or for what is there in it, with its type; `$$` at the front is
///           a plain `$`. The last call's result is the document.
/// Errors:   parse: malformed (not a list of calls, a reference to no earlier call). next(): gone
///           when a reference leads to nothing or to null.
/// Threads:  one; pure.
class call_plan {
 public:
  struct round {
    std::vector<remote_call> calls;
    bool gone = false;  // what is asked for is not there: 404
  };

  static result<call_plan> parse(std::string_view json);
  /// A value that is no reference, however it is spelt: for what comes from outside.
  static std::string quoted(std::string text);

  /// The next round; nothing when all were asked.
  std::optional<round> next();
  /// The results of that round, in its order, as JSON.
  void take(std::vector<std::string> results);
  /// REQUIRES: next() gave nothing.
  const std::string& document() const { return results_.back(); }
  std::size_t size() const { return calls_.size(); }

 private:
  struct reference {
    std::size_t call = 0;
    json::pointer at;
  };
  struct argument {
    std::string text;  // JSON, up to the reference behind it
    std::optional<reference> then;
  };
  struct planned {
    std::string method;
    std::vector<argument> arguments;  // the text of an array, cut at its references
    bool asked = false;
  };
  class reader;

  static result<reference> refer(std::string_view text, std::size_t before);
  std::optional<remote_call> filled(const planned& call) const;

  std::vector<planned> calls_;
  std::vector<std::string> results_;  // "" = not there yet
  std::vector<std::size_t> in_round_;
};

}  // namespace freshet
