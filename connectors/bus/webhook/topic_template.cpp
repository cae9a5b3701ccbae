#include "connectors/bus/webhook/topic_template.hpp"

#include "core/config/webhook_settings.hpp"

namespace freshet {

result<topic_template> topic_template::parse(std::string_view text) {
  topic_template out;
  for (const auto& part : config::topic_parts(text)) {
    auto read = selector::from_value(part);
    if (!read) return read.error();
    out.parts_.push_back(std::move(*read));
  }
  return out;
}

std::string topic_template::make(const event& from) const {
  std::string out;
  std::vector<std::string> values;
  for (const auto& part : parts_) {
    values.clear();
    static_cast<void>(part.take(from, nullptr, values));
    if (values.empty() || values.front().empty()) continue;
    if (!out.empty()) out += '.';
    out += values.front();
  }
  return out;
}

}  // namespace freshet
