#include "connectors/ingest/event_record.hpp"

#include <cstring>
#include <type_traits>

namespace freshet {
namespace {

using length = std::uint32_t;
static_assert(std::is_trivially_copyable_v<event_facts>);

template <class T>
void put(char*& to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}
void put_text(char*& to, std::string_view text) {
  put(to, static_cast<length>(text.size()));
  std::memcpy(to, text.data(), text.size());
  to += text.size();
}

template <class T>
T take(const char*& from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
  return value;
}
std::string_view take_text(const char*& from) {
  const auto size = take<length>(from);
  const std::string_view text(from, size);
  from += size;
  return text;
}

}  // namespace

void event_record::clear() {
  static_cast<event_facts&>(*this) = {};
  id.clear();
  topic.clear();
  tags.clear();
  rules.clear();
  paths.clear();
}

std::size_t event_record::packed_bytes() const {
  std::size_t n = sizeof(length) + sizeof(event_facts) + 5 * sizeof(length) + id.size() +
                  topic.size() + tags.size() + rules.size() * sizeof(rules[0]);
  for (const auto& path : paths) n += sizeof(length) + path.size();
  return n;
}

void event_record::pack(char* to) const {
  put(to, static_cast<length>(packed_bytes()));
  put_text(to, id);
  put(to, static_cast<const event_facts&>(*this));
  put_text(to, topic);
  put_text(to, tags);
  put(to, static_cast<length>(rules.size()));
  for (const auto rule : rules) put(to, rule);
  put(to, static_cast<length>(paths.size()));
  for (const auto& path : paths) put_text(to, path);
}

std::size_t event_record::packed_bytes(const char* from) { return take<length>(from); }

std::string_view event_record::packed_id(const char* from) {
  from += sizeof(length);
  return take_text(from);
}

event_record event_record::unpack(const char* from) {
  event_record out;
  from += sizeof(length);
  out.id = take_text(from);
  static_cast<event_facts&>(out) = take<event_facts>(from);
  out.topic = take_text(from);
  out.tags = take_text(from);
  out.rules.resize(take<length>(from));
  for (auto& rule : out.rules) rule = take<std::uint32_t>(from);
  out.paths.resize(take<length>(from));
  for (auto& path : out.paths) path = take_text(from);
  return out;
}

}  // namespace freshet
