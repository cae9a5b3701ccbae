#include "core/json/number_source.hpp"

#include <bit>
#include <charconv>

#include "core/json/tape.hpp"
#include "core/json/wide_integers.hpp"

namespace freshet::json {
namespace {

namespace dom = simdjson::dom;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

bool takes_two_words(tape_type type) {
  return type == tape_type::INT64 || type == tape_type::UINT64 || type == tape_type::DOUBLE;
}

bool is_same_number(std::string_view token, double value) {
  double read = 0;
  const auto [stop, problem] = std::from_chars(token.data(), token.data() + token.size(), read);
  if (stop != token.data() + token.size()) return false;
  // 2e-400 is no error to simdjson but zero. Too large, it would have been refused.
  if (problem == std::errc::result_out_of_range) return value == 0;
  return problem == std::errc{} &&
         std::bit_cast<std::uint64_t>(read) == std::bit_cast<std::uint64_t>(value);
}

}  // namespace

/// The next number token that is a double: with a fraction or an exponent, or too wide an integer.
std::string_view number_source::next_double() {
  for (;;) {
    const auto token = next_number(text_, at_);
    if (token.empty() || token.find_first_of(".eE") != token.npos || is_wide_integer(token))
      return token;
  }
}

std::string_view number_source::token(dom::element number) {
  const tape_ref place = place_of(number);
  double value = 0;
  if (text_.empty() || !place.is_double() || number.get(value) != simdjson::SUCCESS) return {};
  if (place.doc != document_ || place.json_index < tape_) {
    document_ = place.doc;
    tape_ = 1;
    at_ = 0;
  }
  std::string_view found;
  while (tape_ <= place.json_index) {
    const tape_type type = tape_ref(place.doc, tape_).tape_ref_type();
    if (type == tape_type::DOUBLE) found = next_double();
    tape_ += takes_two_words(type) ? 2 : 1;
  }
  return is_same_number(found, value) ? found : std::string_view{};
}

std::string_view number_text(dom::element number, number_source& source, number_buffer& buffer) {
  char* const begin = buffer.data();
  char* const end = begin + buffer.size();
  const auto upto = [&](std::to_chars_result written) {
    return std::string_view(begin, static_cast<std::size_t>(written.ptr - begin));
  };
  std::int64_t small = 0;
  std::uint64_t large = 0;
  double real = 0;
  switch (number.type()) {
    case dom::element_type::INT64:
      return number.get(small) ? std::string_view{} : upto(std::to_chars(begin, end, small));
    case dom::element_type::UINT64:
      return number.get(large) ? std::string_view{} : upto(std::to_chars(begin, end, large));
    case dom::element_type::DOUBLE:
      break;
    default:
      return {};
  }
  const std::string_view token = source.token(number);
  if (!token.empty() || number.get(real) != simdjson::SUCCESS) return token;
  auto written = std::to_chars(begin, end - 2, real);
  if (upto(written).find_first_of(".e") == std::string_view::npos) {
    *written.ptr++ = '.';
    *written.ptr++ = '0';
  }
  return upto(written);
}

}  // namespace freshet::json
