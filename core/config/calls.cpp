#include <simdjson.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

constexpr std::size_t calls_max = 20;
constexpr std::size_t words_max = 200;

/// [[method, args...]...]; what refers to what is checked where it is compiled.
result<std::string> to_calls(const node& value) {
  auto text = to_json_body(value);
  if (!text) return text;
  simdjson::dom::parser parser;
  simdjson::dom::array calls;
  const bool is_list = parser.parse(*text).get_array().get(calls) == simdjson::SUCCESS;
  if (!is_list || calls.size() == 0 || calls.size() > calls_max)
    return unexpected("a list of 1 to 20 calls, [[\"method\", arguments...]]", value);
  for (const auto each : calls) {
    std::string_view method;
    simdjson::dom::array words;
    if (each.get_array().get(words) || words.size() == 0 || words.at(0).get_string().get(method) ||
        method.empty() || method.find_first_of("{$ ") != std::string_view::npos)
      return unexpected("calls as lists that begin with the name of a method", value);
  }
  return text;
}

/// One that is one placeholder is checked where it is compiled.
result<std::string> to_argument(const node& value) {
  auto text = to_text(value);
  if (text && text->find('\0') != std::string::npos)
    return unexpected("an argument without NUL", value);
  return text;
}

}  // namespace

void read_call(table_reader& fetch, fetch_settings& into) {
  if (!fetch.read("call", into.call, to_calls)) return;
  simdjson::dom::parser parser;
  simdjson::dom::array calls;
  if (parser.parse(into.call).get_array().get(calls) == simdjson::SUCCESS)
    into.calls = static_cast<std::uint32_t>(calls.size());
}

void read_run(table_reader& fetch, fetch_settings& into) {
  if (!fetch.read_list("run", into.run, to_argument)) return;
  const bool known = !into.run.empty() && into.run.front().starts_with('/');
  if (!known || into.run.size() > words_max)
    fetch.wrong("run", *fetch.take("run"),
                "expected the whole path of a program, then at most 199 arguments");
}

}  // namespace freshet::config
