#include "core/json/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace freshet::json {
namespace {

error explain(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return fail(errc::malformed, "empty, expected a JSON document");
    case simdjson::CAPACITY:
      return fail(errc::out_of_range, "more JSON than can be read");
    case simdjson::DEPTH_ERROR:
      return fail(errc::out_of_range, "JSON deeper than 64 levels, or brackets that do not match");
    case simdjson::UTF8_ERROR:
      return fail(errc::malformed, "JSON that is not UTF-8");
    case simdjson::NUMBER_ERROR:
      return fail(errc::malformed, "a number that is malformed or does not fit into 64 bits");
    default:
      return fail(errc::malformed, fmt::format("not JSON: {}", simdjson::error_message(code)));
  }
}

}  // namespace

result<simdjson::dom::element> reader::read(std::string_view body) {
  used_ = 0;
  if (body.size() > bytes_max_) {
    return fail(errc::out_of_range,
                fmt::format("{} bytes of JSON, at most {} are read", body.size(), bytes_max_));
  }
  const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(body.size(), 1024));
  if (parser_.capacity() < wanted) {
    if (const auto code = parser_.allocate(wanted, depth_max)) return explain(code);
  }
  if (buffer_.size() < wanted + simdjson::SIMDJSON_PADDING) {
    buffer_.assign(wanted + simdjson::SIMDJSON_PADDING, '\0');
  }
  const auto end = std::ranges::copy(body, buffer_.begin()).out;
  std::fill_n(end, simdjson::SIMDJSON_PADDING, '\0');
  used_ = body.size();
  simdjson::dom::element root;
  const auto code = parser_.parse(buffer_.data(), used_, false).get(root);
  if (code != simdjson::SUCCESS) return explain(code);
  return root;
}

void reader::shrink(std::size_t bytes) {
  if (buffer_.size() <= bytes) return;
  used_ = 0;
  buffer_ = {};
  parser_ = simdjson::dom::parser();
}

}  // namespace freshet::json
