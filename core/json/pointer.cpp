#include "core/json/pointer.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace freshet::json {
namespace {

namespace dom = simdjson::dom;

/// One step with its escapes resolved: ~1 is /, ~0 is ~.
result<std::string> unescape(std::string_view raw) {
  std::string step;
  step.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '~') {
      step += raw[i];
      continue;
    }
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (next != '0' && next != '1') {
      return fail(errc::malformed, "in a JSON pointer ~ is written ~0 and / inside a name ~1");
    }
    step += next == '0' ? '~' : '/';
    ++i;
  }
  return step;
}

/// The digits of an array index; RFC 6901 allows no leading zero.
std::optional<std::size_t> index_of(std::string_view step) {
  if (step.empty() || (step.size() > 1 && step[0] == '0')) return std::nullopt;
  std::size_t index = 0;
  const char* end = step.data() + step.size();
  const auto [stop, problem] = std::from_chars(step.data(), end, index);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return index;
}

std::optional<dom::element> child(dom::element parent, std::string_view step) {
  dom::object object;
  dom::element found;
  if (parent.get(object) == simdjson::SUCCESS) {
    if (object.at_key(step).get(found) == simdjson::SUCCESS) return found;
    return std::nullopt;
  }
  dom::array array;
  const auto index = index_of(step);
  if (!index || parent.get(array) != simdjson::SUCCESS) return std::nullopt;
  if (array.at(*index).get(found) == simdjson::SUCCESS) return found;
  return std::nullopt;
}

/// At most steps_max deep, since a pointer has no more steps.
bool walk(std::span<const std::string> steps, dom::element at, const pointer::visitor& visit) {
  if (steps.empty()) return visit(at);
  if (steps.front() != "*") {
    const auto next = child(at, steps.front());
    return !next || walk(steps.subspan(1), *next, visit);
  }
  dom::array array;
  if (at.get(array) == simdjson::SUCCESS) {
    return std::ranges::all_of(
        array, [&](dom::element element) { return walk(steps.subspan(1), element, visit); });
  }
  dom::object object;
  if (at.get(object) != simdjson::SUCCESS) return true;
  for (const dom::key_value_pair member : object) {
    if (!walk(steps.subspan(1), member.value, visit)) return false;
  }
  return true;
}

}  // namespace

result<pointer> pointer::parse(std::string_view text) {
  pointer parsed;
  parsed.text_ = text;
  if (text.empty()) return parsed;
  if (text.front() != '/') {
    return fail(errc::malformed,
                "a JSON pointer starts with /, found \"" + std::string(text) + '"');
  }
  for (std::size_t begin = 1;;) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (parsed.steps_.size() == steps_max) {
      return fail(errc::out_of_range, "a JSON pointer has at most 64 steps");
    }
    auto step = unescape(text.substr(begin, end - begin));
    if (!step) return step.error();
    parsed.steps_.push_back(std::move(*step));
    if (end == text.size()) return parsed;
    begin = end + 1;
  }
}

bool pointer::has_wildcard() const { return std::ranges::find(steps_, "*") != steps_.end(); }

pointer pointer::tail() const {
  if (steps_.empty()) return {};
  pointer rest;
  rest.text_ = text_.substr(std::min(text_.find('/', 1), text_.size()));
  rest.steps_.assign(steps_.begin() + 1, steps_.end());
  return rest;
}

std::optional<dom::element> pointer::find(dom::element root, std::size_t skip) const {
  std::optional<dom::element> at = root;
  for (std::size_t i = skip; at && i < steps_.size(); ++i) at = child(*at, steps_[i]);
  return at;
}

bool pointer::each(dom::element root, const visitor& visit, std::size_t skip) const {
  return walk(std::span(steps_).subspan(std::min(skip, steps_.size())), root, visit);
}

}  // namespace freshet::json
