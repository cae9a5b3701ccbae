#include "core/select/pointer_scope.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/json/number_source.hpp"
#include "core/json/tape.hpp"

namespace freshet {
namespace {

namespace dom = simdjson::dom;

/// Depth is bounded by the parser's.
bool walk_texts(dom::element at, json::number_source& source,
                const pointer_scope::text_visitor& visit) {
  switch (at.type()) {
    case dom::element_type::STRING: {
      std::string_view text;
      return at.get(text) != simdjson::SUCCESS || visit(text, true);
    }
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: {
      json::number_buffer buffer;
      return visit(json::number_text(at, source, buffer), false);
    }
    case dom::element_type::BOOL: {
      bool value = false;
      return at.get(value) != simdjson::SUCCESS || visit(value ? "true" : "false", true);
    }
    case dom::element_type::ARRAY: {
      dom::array array;
      if (at.get(array) != simdjson::SUCCESS) return true;
      for (const dom::element element : array) {
        if (!walk_texts(element, source, visit)) return false;
      }
      return true;
    }
    case dom::element_type::OBJECT:
    case dom::element_type::NULL_VALUE:
      return true;
  }
  return true;
}

field_shape shape_of(dom::element at) {
  if (at.is_object()) return field_shape::odd;
  if (at.is_null()) return field_shape::empty;
  std::string_view text;
  if (at.get(text) == simdjson::SUCCESS && text.empty()) return field_shape::empty;
  dom::array array;
  if (at.get(array) != simdjson::SUCCESS) return field_shape::usable;
  auto best = field_shape::empty;
  for (const dom::element element : array) {
    best = std::max(best, shape_of(element));
    if (best == field_shape::usable) break;
  }
  return best;
}

/// `2025-11-17T15:20:00Z`, with as many of six decimals as are needed.
std::string_view time_text(wall_time time, std::span<char> buffer) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
  auto written = fmt::format_to_n(buffer.data(), buffer.size(), "{:%Y-%m-%dT%H:%M:%S}",
                                  fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  const auto used = [&] { return static_cast<std::size_t>(written.out - buffer.data()); };
  if (micros != 0) {
    int digits = 6;
    for (; micros % 10 == 0; micros /= 10) --digits;
    written = fmt::format_to_n(written.out, buffer.size() - used(), ".{:0{}}", micros, digits);
  }
  written = fmt::format_to_n(written.out, buffer.size() - used(), "Z");
  return {buffer.data(), used()};
}

}  // namespace

std::optional<pointer_scope::part> pointer_scope::first_part(const json::pointer& at,
                                                             time_buffer& buffer) const {
  if (document_) return part{.element = document_};
  const auto members = [&]() -> std::optional<part> {
    if (!event_->members) return std::nullopt;
    return part{.element = json::element_of(*event_->members)};
  };
  if (at.empty()) return members();
  const std::string& step = at.steps().front();
  const auto below = [](dom::element element) { return part{.element = element, .steps_used = 1}; };
  const auto text = [&](std::string_view found, bool lasts = true) -> std::optional<part> {
    if (found.empty() || at.steps().size() > 1) return std::nullopt;
    return part{.text = found, .lasts = lasts};
  };
  if (step == "msg") return event_->msg ? std::optional(below(*event_->msg)) : std::nullopt;
  if (step == "topic") return text(event_->topic);
  if (step == "id") return text(event_->id);
  if (step == "bus") return text(event_->bus);
  if (step == "time") {
    return event_->time ? text(time_text(*event_->time, buffer), false) : std::nullopt;
  }
  if (step == "headers") {
    if (!event_->headers) return std::nullopt;
    return below(json::element_of(*event_->headers));
  }
  if (step == "each" && each_ != nullptr) return below(*each_);
  return members();
}

bool pointer_scope::each_text(const json::pointer& at, const text_visitor& visit) const {
  time_buffer buffer;
  const auto first = first_part(at, buffer);
  if (!first) return false;
  if (!first->element) {
    visit(first->text, first->lasts);
    return true;
  }
  struct {
    json::number_source source;
    const text_visitor& visit;
    bool found = false;
  } state{json::number_source(source_), visit};
  at.each(
      *first->element,
      [&state](dom::element element) {
        state.found = true;
        return walk_texts(element, state.source, state.visit);
      },
      first->steps_used);
  return state.found;
}

bool pointer_scope::each_name(const json::pointer& at, const text_visitor& visit) const {
  time_buffer buffer;
  const auto first = first_part(at, buffer);
  if (!first) return false;
  if (!first->element) return true;
  struct {
    const text_visitor& visit;
    bool found = false;
  } state{visit};
  at.each(
      *first->element,
      [&state](dom::element element) {
        state.found = true;
        dom::object object;
        if (element.get(object) != simdjson::SUCCESS) return true;
        for (const dom::key_value_pair member : object) {
          if (!state.visit(member.key, true)) return false;
        }
        return true;
      },
      first->steps_used);
  return state.found;
}

field_shape pointer_scope::shape(const json::pointer& at) const {
  time_buffer buffer;
  const auto first = first_part(at, buffer);
  if (!first) return field_shape::missing;
  if (!first->element) return field_shape::usable;
  auto best = field_shape::missing;
  at.each(
      *first->element,
      [&best](dom::element element) {
        best = std::max(best, shape_of(element));
        return best != field_shape::usable;
      },
      first->steps_used);
  return best;
}

}  // namespace freshet
