#include "connectors/catchup/history_page.hpp"

#include <simdjson.h>
#include <xxhash.h>

namespace freshet {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t complaint_bytes = 200;

struct reading {
  std::vector<std::string_view> messages;
  std::size_t rows = 0;
  std::optional<std::uint64_t> pages;
  std::string complaint;
  bool has_messages = false;
};

simdjson::error_code take_messages(ondemand::value from, reading& into) {
  ondemand::array all;
  if (const auto failed = from.get_array().get(all)) return failed;
  into.has_messages = true;
  for (auto each : all) {
    ondemand::value message;
    if (const auto failed = each.get(message)) return failed;
    ++into.rows;
    ondemand::object as_object;
    if (message.get_object().get(as_object)) continue;  // no object: skipped by the iteration
    std::string_view text;
    if (const auto failed = as_object.raw_json().get(text)) return failed;
    into.messages.push_back(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  }
  return simdjson::SUCCESS;
}

simdjson::error_code take_members(ondemand::object root, reading& into) {
  for (auto each : root) {
    ondemand::field member;
    if (const auto failed = std::move(each).get(member)) return failed;
    std::string_view name;
    if (const auto failed = member.unescaped_key().get(name)) return failed;
    auto value = member.value();
    if ((name == "raw_messages" || name == "messages") && !into.has_messages) {
      if (const auto failed = take_messages(value, into)) return failed;
    } else if (name == "pages") {
      std::uint64_t pages = 0;
      if (!value.get_uint64().get(pages)) into.pages = pages;
    } else if (name == "error") {
      std::string_view text;
      if (!value.get_string().get(text)) into.complaint = text.substr(0, complaint_bytes);
    }
  }
  return simdjson::SUCCESS;
}

}  // namespace

result<history_page> history_page::parse(std::string text) {
  history_page out;
  out.text_ = std::make_unique<std::string>(std::move(text));
  const auto size = out.text_->size();
  out.text_->reserve(size + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object root;
  reading got;
  auto failed = parser.iterate(out.text_->data(), size, out.text_->capacity()).get(document);
  if (!failed) failed = document.get_object().get(root);
  if (!failed) failed = take_members(root, got);
  const char* rest = nullptr;
  const bool more = !failed && document.current_location().get(rest) == simdjson::SUCCESS;
  if (failed || more)
    return fail(errc::malformed,
                std::string("the history's answer is not JSON: ") +
                    (more ? "text after its end" : simdjson::error_message(failed)));
  if (!got.has_messages)
    return fail(errc::malformed, "the history's answer has no `raw_messages`" +
                                     (got.complaint.empty() ? "" : ": " + got.complaint));
  out.messages_ = std::move(got.messages);
  out.rows_ = got.rows;
  out.pages_ = got.pages;
  for (const auto& each : out.messages_)
    out.mark_ = XXH3_64bits_withSeed(each.data(), each.size(), out.mark_ + 1);
  return out;
}

}  // namespace freshet
