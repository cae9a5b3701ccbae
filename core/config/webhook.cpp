#include "core/config/webhook_settings.hpp"

#include <algorithm>

#include "core/config/network_values.hpp"
#include "core/config/scalars.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

result<std::string> to_hook_path(const node& value) {
  constexpr std::string_view form = "a path such as \"/hooks/github\"";
  auto text = to_filled_text(value);
  if (!text) return unexpected(form, value);
  if (!text->starts_with('/') || text->size() > 255 || !has_only_letters_digits_and("/-._~", *text))
    return unexpected(form, value);
  return text;
}

result<std::string> to_field_name(const node& value) {
  auto text = to_filled_text(value);
  if (!text || text->size() > 64 || !has_only_letters_digits_and("-_", *text))
    return unexpected("the name of a header field", value);
  std::ranges::transform(*text, text->begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

/// Each part is a template of its own: its pointers are looked at here, once.
result<std::string> to_topic_template(const node& value) {
  auto text = to_filled_text(value);
  if (!text) return unexpected("a topic such as \"github.{/headers/x-github-event}\"", value);
  for (const auto& part : topic_parts(*text))
    if (auto read = selector::from_value(part); !read) return read.error();
  return text;
}

void read_checks(table_reader& bus, webhook_settings& into) {
  if (bus.require("check"))
    bus.read_choice("check", into.check, {"github", "pagure", "hmac", "bearer"});
  if (bus.require("secret")) bus.read_list("secret", into.secrets, to_secret);
  const bool generic = into.check == "hmac";
  if (into.check == "github") into.header = "x-hub-signature-256";
  if (into.check == "pagure") into.header = "x-pagure-signature-256";
  if (generic) into.header = "x-signature-256";
  if (bus.has("header") && !generic && !into.check.empty())
    bus.wrong("header", *bus.take("header"), "only `check = \"hmac\"` has a header of its own");
  else
    bus.read("header", into.header, to_field_name);
  const bool none = std::ranges::any_of(into.secrets, &secret::empty);
  if (bus.has("secret") && (into.secrets.empty() || none))
    bus.wrong("secret", *bus.take("secret"), "expected a secret that is not empty");
}

}  // namespace

std::vector<std::string> topic_parts(std::string_view text) {
  std::vector<std::string> out(1);
  bool inside = false;
  for (const char c : text) {
    if (c == '{') inside = true;
    if (c == '}') inside = false;
    if (c == '.' && !inside) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

void read_webhook(table_reader& bus, bus_settings& into) {
  auto out = std::make_shared<webhook_settings>();
  if (bus.require("listen")) bus.read("listen", out->listen, to_endpoint);
  if (bus.require("path")) bus.read("path", out->path, to_hook_path);
  read_checks(bus, *out);
  if (bus.require("topic")) bus.read("topic", out->topic, to_topic_template);
  if (const node* value = bus.take("id"))
    read_selectors(*value, bus.key_of("id"), out->id, bus.out());
  bus.read("rate", out->rate, to_rate);
  if (!bus.has("id") && out->check == "github")
    out->id.push_back(selector::from_pointer("/headers/x-github-delivery").value());
  if (!bus.has("id") && out->check == "pagure")
    out->id.push_back(selector::from_pointer("/msg/msg_id").value());
  if (const node* at = bus.take("listen"))
    out->listen.where = bus.where(bus.key_of("listen"), at->at);
  into.webhook = std::move(out);
}

}  // namespace freshet::config
