#include "net/api/admin/act_request.hpp"

#include <fmt/format.h>

#include "core/json/validate.hpp"
#include "net/http/head/request_head.hpp"

namespace freshet::api {
namespace {

constexpr std::size_t body_bytes_max = 64 * 1024;
constexpr std::size_t pattern_bytes_max = 8 * 1024;

bool names_pages(act_shape shape) {
  return shape == act_shape::pattern || shape == act_shape::pattern_or_dry_run;
}

result<> take_locker(std::string_view name, simdjson::dom::element value, act_request& into) {
  if (into.verb != act_request::locker_verb::none)
    return fail(errc::malformed, "expected one of replay and drop");
  into.verb = name == "replay" ? act_request::locker_verb::replay : act_request::locker_verb::drop;
  std::uint64_t number = 0;
  std::string_view text;
  if (value.get(number) == simdjson::SUCCESS) {
    into.number = number;
  } else if (value.get(text) != simdjson::SUCCESS || text != "all") {
    return fail(errc::malformed, fmt::format("{}: expected a number or \"all\"", name));
  }
  return {};
}

result<> take(std::string_view name, simdjson::dom::element value, act_shape shape,
              act_request& into) {
  if (shape == act_shape::locker && (name == "replay" || name == "drop"))
    return take_locker(name, value, into);
  if (name == "pattern" && names_pages(shape)) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || text.empty()) {
      return fail(errc::malformed, "pattern: expected a path such as \"/packages/:x/*\"");
    }
    if (text.size() > pattern_bytes_max) {
      return fail(errc::out_of_range, "pattern: longer than 8 KiB");
    }
    into.pattern = text;
    return {};
  }
  if (name == "dry_run" && shape == act_shape::pattern_or_dry_run) {
    if (value.get(into.dry_run) != simdjson::SUCCESS) {
      return fail(errc::malformed, "dry_run: expected true or false");
    }
    return {};
  }
  return fail(errc::malformed, fmt::format("{}: not known here", name.substr(0, 40)));
}

}  // namespace

result<act_request> read_act(std::string_view body, act_shape shape) {
  act_request out;
  if (body.empty() && shape == act_shape::nothing) return out;
  json::reader reader(body_bytes_max);
  const auto document = reader.read(body);
  if (!document) return document.error();
  simdjson::dom::object members;
  if (document->get(members) != simdjson::SUCCESS) {
    return fail(errc::malformed, shape == act_shape::locker
                                     ? R"(expected an object such as {"replay":"all"})"
                                     : R"(expected an object such as {"pattern":"/packages/:x"})");
  }
  for (auto one = members.begin(); one != members.end(); ++one) {
    for (auto before = members.begin(); before != one; ++before) {
      if (before.key() == one.key()) return fail(errc::duplicate, "a member stands twice");
    }
    if (auto fine = take(one.key(), one.value(), shape, out); !fine) return fine.error();
  }
  if (shape == act_shape::locker && out.verb == act_request::locker_verb::none)
    return fail(errc::missing, R"(say what to do: {"replay":12}, {"replay":"all"}, {"drop":12})");
  if (names_pages(shape) && out.pattern.empty()) {
    return fail(errc::missing, R"(name the pages: {"pattern":"/packages/guake.json"})");
  }
  return out;
}

bool is_json(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return http::equals_ignoring_case(type, "application/json");
}

}  // namespace freshet::api
