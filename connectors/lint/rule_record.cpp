#include "connectors/lint/rule_record.hpp"

#include <algorithm>

#include "core/text/clipped.hpp"
#include "core/text/quoted.hpp"

namespace freshet {

void lint_count::add(std::uint64_t at, std::string_view sample) {
  if (events++ == 0) line = at;
  if (sample.empty() || samples.size() == samples_max) return;
  sample = clipped(sample, sample_bytes_max);
  if (std::find(samples.begin(), samples.end(), sample) == samples.end())
    samples.emplace_back(sample);
}

std::string lint_count::shown() const {
  std::string out;
  for (const auto& sample : samples) out += (out.empty() ? "" : ", ") + in_quotes(sample);
  return out;
}

std::uint64_t rule_record::term_record::events() const {
  std::uint64_t sum = 0;
  for (const auto& count : by_shape) sum += count.events;
  return sum;
}

field_shape rule_record::term_record::most_shape() const {
  const auto most = std::max_element(by_shape.begin(), by_shape.end(),
                                     [](auto& a, auto& b) { return a.events < b.events; });
  return static_cast<field_shape>(most - by_shape.begin());
}

const lint_count& rule_record::term_record::most() const {
  return by_shape[static_cast<std::size_t>(most_shape())];
}

}  // namespace freshet
