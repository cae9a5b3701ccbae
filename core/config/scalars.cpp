#include "core/config/scalars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace freshet::config {
namespace {

constexpr std::string_view duration_form = "a duration such as \"200ms\", \"5s\", \"1h\" or \"3d\"";
constexpr std::string_view size_form = "a size such as \"8KiB\" or \"512MiB\"";
constexpr std::string_view rate_form = "a rate such as \"50/s\"";
constexpr double duration_ns_max = 10 * 365.0 * 86400e9;
constexpr double size_max = 1e15;
constexpr double rate_max = 1e9;

/// Takes `12` or `1.5` from the front; false when there is none. No signs, no exponents.
bool take_number(std::string_view& text, double& value) {
  std::size_t end = 0;
  while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) != 0 ||
                               (text[end] == '.' && end > 0))) {
    ++end;
  }
  if (end == 0 || end > 20) return false;
  const auto [rest, ec] = std::from_chars(text.data(), text.data() + end, value);
  if (ec != std::errc() || rest != text.data() + end) return false;
  text.remove_prefix(end);
  return true;
}

std::string_view take_unit(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) ++end;
  const auto unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

struct unit {
  std::string_view name;
  double factor;
};

template <std::size_t N>
const unit* find_unit(const std::array<unit, N>& units, std::string_view name) {
  const auto* found =
      std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.name == name; });
  return found == units.end() ? nullptr : found;
}

constexpr std::array<unit, 7> duration_units{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
constexpr std::array<unit, 9> size_units{{{"", 1},
                                          {"B", 1},
                                          {"KiB", 1024.0},
                                          {"MiB", 1048576.0},
                                          {"GiB", 1073741824.0},
                                          {"kB", 1e3},
                                          {"KB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9}}};

/// `value` when `good`, else "expected `what`, found ..".
template <class T>
result<T> only_if(result<T> value, bool (*good)(const T&), std::string_view what, const node& n) {
  if (value.has_error() || good(*value)) return value;
  return unexpected(what, n);
}

}  // namespace

error unexpected(std::string_view expected, const node& found) {
  return fail(errc::malformed, fmt::format("expected {}, found {}", expected, describe(found)));
}

bool has_only_letters_digits_and(std::string_view more, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && has_only_letters_digits_and("_-", text);
}

bool is_field_name(std::string_view text) {
  return !text.empty() && has_only_letters_digits_and("!#$%&'*+-.^_`|~", text);
}

result<nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return nanoseconds(0);
  if (text.empty()) return fail(errc::malformed);
  double total = 0;
  double last_factor = 1e300;
  while (!text.empty()) {
    double value = 0;
    if (!take_number(text, value)) return fail(errc::malformed);
    const unit* u = find_unit(duration_units, take_unit(text));
    if (u == nullptr || u->factor >= last_factor) return fail(errc::malformed);
    last_factor = u->factor;
    total += value * u->factor;
  }
  if (total > duration_ns_max) return fail(errc::out_of_range);
  return nanoseconds(std::llround(total));
}

result<std::size_t> parse_size(std::string_view text) {
  double value = 0;
  if (!take_number(text, value)) return fail(errc::malformed);
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const unit* u = find_unit(size_units, take_unit(text));
  if (u == nullptr || !text.empty()) return fail(errc::malformed);
  const double bytes = value * u->factor;
  if (bytes > size_max) return fail(errc::out_of_range);
  if (bytes != std::floor(bytes)) return fail(errc::malformed);
  return static_cast<std::size_t>(bytes);
}

result<double> parse_rate(std::string_view text) {
  double value = 0;
  if (!take_number(text, value)) return fail(errc::malformed);
  double per = 0;
  if (text == "/s") per = 1;
  if (text == "/m" || text == "/min") per = 60;
  if (text == "/h") per = 3600;
  if (per == 0) return fail(errc::malformed);
  if (value > rate_max) return fail(errc::out_of_range);
  return value / per;
}

result<std::string> to_text(const node& value) {
  const bool scalar = value.is != node::type::array && value.is != node::type::table;
  if (value.is == node::type::string || (value.untyped && scalar)) return value.text;
  return unexpected("a string", value);
}

result<std::string> to_filled_text(const node& value) {
  auto text = to_text(value);
  if (text.has_value() && text->empty()) return unexpected("a string", value);
  if (text.has_value() && text->find('\0') != std::string::npos)
    return unexpected("a string without NUL", value);
  return text;
}

result<bool> to_flag(const node& value) {
  if (value.is == node::type::boolean) return value.flag;
  return unexpected("true or false", value);
}

result<std::int64_t> to_integer(const node& value) {
  if (value.is == node::type::integer) return value.integer;
  return unexpected("a whole number", value);
}

result<std::uint32_t> to_count(const node& value) {
  if (value.is == node::type::integer && value.integer >= 0 && value.integer <= 1'000'000'000) {
    return static_cast<std::uint32_t>(value.integer);
  }
  return unexpected("a whole number from 0 to 1000000000", value);
}

result<std::uint32_t> to_positive(const node& value) {
  return only_if<std::uint32_t>(
      to_count(value), [](const std::uint32_t& n) { return n > 0; }, "a whole number from 1",
      value);
}

result<nanoseconds> to_duration(const node& value) {
  if (value.is == node::type::integer && value.integer == 0) return nanoseconds(0);
  if (value.is != node::type::string) return unexpected(duration_form, value);
  auto parsed = parse_duration(value.text);
  if (parsed.has_value()) return parsed;
  if (parsed.error().code == errc::out_of_range) return unexpected("at most 10 years", value);
  return unexpected(duration_form, value);
}

result<nanoseconds> to_positive_duration(const node& value) {
  return only_if<nanoseconds>(
      to_duration(value), [](const nanoseconds& d) { return d > 0ns; },
      "a duration longer than zero", value);
}

result<std::size_t> to_size(const node& value) {
  if (value.is == node::type::integer && value.integer >= 0 &&
      static_cast<double>(value.integer) <= size_max) {
    return static_cast<std::size_t>(value.integer);
  }
  if (value.is == node::type::string) {
    auto parsed = parse_size(value.text);
    if (parsed.has_value()) return parsed;
  }
  return unexpected(size_form, value);
}

result<std::size_t> to_positive_size(const node& value) {
  return only_if<std::size_t>(
      to_size(value), [](const std::size_t& n) { return n > 0; }, "a size larger than zero", value);
}

result<double> to_rate(const node& value) {
  if (value.is == node::type::string) {
    auto parsed = parse_rate(value.text);
    if (parsed.has_value()) return parsed;
  }
  double number = -1;
  if (value.is == node::type::integer) number = static_cast<double>(value.integer);
  if (value.is == node::type::floating) number = value.real;
  if (number >= 0 && number <= rate_max) return number;  // false for nan
  return unexpected(rate_form, value);
}

result<double> to_positive_rate(const node& value) {
  return only_if<double>(
      to_rate(value), [](const double& r) { return r > 0; }, "a rate above zero", value);
}

result<json::pointer> to_pointer(const node& value) {
  if (value.is != node::type::string) return unexpected("a pointer such as \"/msg/name\"", value);
  auto parsed = json::pointer::parse(value.text);
  if (parsed.has_error()) return unexpected("a pointer such as \"/msg/name\"", value);
  return parsed;
}

result<json::pointer> parse_member(std::string_view text) {
  if (text.empty() || text.starts_with('/')) return json::pointer::parse(text);
  std::string pointer = "/";
  for (const char c : text) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return json::pointer::parse(pointer);
}

result<topic_pattern> to_topic(const node& value) {
  constexpr std::string_view form = "a topic such as \"org.example.*.build.#\"";
  if (value.is != node::type::string) return unexpected(form, value);
  auto parsed = topic_pattern::parse(value.text);
  if (parsed.has_error()) return unexpected(form, value);
  return parsed;
}

result<std::string> to_number_or_parameter(const node& value, std::int64_t low, std::int64_t high,
                                           std::string_view form) {
  if (value.is == node::type::integer && value.integer >= low && value.integer <= high)
    return fmt::format("{}", value.integer);
  const bool one = value.is == node::type::string && value.text.size() > 2 &&
                   value.text.starts_with('{') && value.text.ends_with('}');
  if (one) return value.text;
  return unexpected(form, value);
}

result<std::string> to_scalar_text(const node& value) {
  auto text = scalar_text(value);
  if (text) return std::move(*text);
  return unexpected("a string, number or boolean", value);
}

}  // namespace freshet::config
