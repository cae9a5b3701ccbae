#include "store/page/page_parameter.hpp"

#include <algorithm>
#include <charconv>

#include "core/config/settings.hpp"
#include "core/url/percent.hpp"
#include "store/page/json_segment.hpp"

namespace freshet {
namespace {

/// REQUIRES: valid UTF-8.
std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> points;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) {
      points.back() = (points.back() << 6) | (byte & 0x3F);
    } else if (byte < 0x80) {
      points.push_back(byte);
    } else {
      points.push_back(byte & (byte >= 0xF0 ? 0x07u : byte >= 0xE0 ? 0x0Fu : 0x1Fu));
    }
  }
  return points;
}

/// `a-z0-9_-`: a `-` between two characters is a range, at an end it is itself.
std::vector<std::pair<char32_t, char32_t>> ranges_of(std::string_view text) {
  const auto points = code_points(text);
  std::vector<std::pair<char32_t, char32_t>> ranges;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 2 < points.size() && points[i + 1] == U'-') {
      ranges.emplace_back(points[i], points[i + 2]);
      i += 2;
    } else {
      ranges.emplace_back(points[i], points[i]);
    }
  }
  return ranges;
}

void to_lower(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace

error page_parameter::refuse(errc code, std::string_view expected) const {
  return fail(code, name_ + ": expected " + std::string(expected));
}

result<void> page_parameter::restrict(const config::parameter_settings& rules) {
  if (rules.max == 0 || rules.max > bytes_max) {
    return refuse(errc::out_of_range, "max from 1 to 255 bytes");
  }
  if (!is_plain_text(rules.chars)) return refuse(errc::malformed, "chars without controls");
  if (rules.range && rules.range->first > rules.range->second) {
    return refuse(errc::out_of_range, "int = [low, high] with low <= high");
  }
  if (!rules.json.empty() && place_ != place::path) {
    return refuse(errc::malformed, "json only for a path segment");
  }
  if (!rules.json.empty() && (rules.lower || rules.in || rules.range || !rules.chars.empty())) {
    return refuse(errc::malformed, "json without lower, in, int and chars");
  }
  lower_ = rules.lower;
  max_ = rules.max;
  range_ = rules.range;
  chars_ = ranges_of(rules.chars);
  for (const auto& [low, high] : chars_) {
    if (low > high) return refuse(errc::malformed, "chars with ranges that rise, as in a-z");
  }
  yields_ = rules.json;
  if (!rules.in) return {};
  std::vector<std::string> allowed;
  for (auto value : *rules.in) {
    if (auto fine = normalise(value); !fine) {
      return fail(errc::malformed, "in: a value breaks the other rules: " + fine.error().detail);
    }
    allowed.push_back(std::move(value));
  }
  in_ = std::move(allowed);
  return {};
}

result<void> page_parameter::set_default(std::string_view text) {
  std::string value(text);
  if (!value.empty()) {
    if (auto fine = normalise(value); !fine) return fine;
  }
  fallback_ = std::move(value);
  return {};
}

result<void> page_parameter::check_text(std::string_view value) const {
  if (value.size() > bytes_max) return refuse(errc::out_of_range, "at most 255 bytes");
  if (!is_plain_text(value)) {
    return refuse(errc::malformed, "UTF-8 without NUL and control characters");
  }
  if (place_ != place::path) return {};
  if (value.empty()) return refuse(errc::malformed, "a value that is not empty");
  if (value == "." || value == "..") return refuse(errc::malformed, "a name other than . and ..");
  if (value.find_first_of("/\\") != std::string_view::npos) {
    return refuse(errc::malformed, "no / and no \\");
  }
  return {};
}

bool page_parameter::all_allowed(std::string_view value) const {
  if (chars_.empty()) return true;
  const auto points = code_points(value);
  return std::all_of(points.begin(), points.end(), [this](char32_t point) {
    return std::any_of(chars_.begin(), chars_.end(), [point](const auto& range) {
      return range.first <= point && point <= range.second;
    });
  });
}

result<void> page_parameter::normalise(std::string& value) const {
  if (auto fine = check_text(value); !fine) return fine;
  if (lower_) to_lower(value);
  if (!yields_.empty()) {
    if (auto fine = minify_json_segment(value); !fine) {
      return refuse(errc::malformed, fine.error().detail);
    }
  }
  // A default is allowed as it is: it says "not given" and need not look like a given value.
  if (place_ == place::query && value == fallback_) return {};
  if (range_) {
    const auto number = integer_of(value);
    if (!number || *number < range_->first || *number > range_->second) {
      return refuse(errc::out_of_range, "an integer from " + std::to_string(range_->first) +
                                            " to " + std::to_string(range_->second));
    }
    value = std::to_string(*number);
  }
  if (value.size() > max_) {
    return refuse(errc::out_of_range, "at most " + std::to_string(max_) + " bytes");
  }
  if (!all_allowed(value)) return refuse(errc::malformed, "only the characters in `chars`");
  if (in_ && std::find(in_->begin(), in_->end(), value) == in_->end()) {
    return refuse(errc::malformed, "one of the values in `in`");
  }
  // The checks of check_text() still hold: nothing above adds a byte but minify_json_segment().
  return check_text(value);
}

}  // namespace freshet
