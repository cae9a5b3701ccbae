#include "core/config/amqp_settings.hpp"

#include "core/config/scalars.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"
#include "core/url/amqp_address.hpp"

namespace freshet::config {
namespace {

/// What stands in files and variables is looked at when it is used.
result<secret> to_amqp_url(const node& value) {
  auto out = to_secret(value);
  if (!out || out->source.find("${") != std::string::npos) return out;
  if (auto parsed = parse_amqp_address(out->source); !parsed) return parsed.error();
  return out;
}

/// AMQP's short strings.
result<std::string> to_short_name(const node& value) {
  auto text = to_filled_text(value);
  constexpr std::size_t most = 255;
  if (text && (text->size() > most || text->find('\0') != std::string::npos))
    return unexpected("a name of at most 255 bytes", value);
  return text;
}

result<std::uint32_t> to_prefetch(const node& value) {
  auto count = to_positive(value);
  if (count && *count > 10'000) return unexpected("a number of messages from 1 to 10000", value);
  return count;
}

/// The broker counts whole milliseconds in 32 bits.
result<nanoseconds> to_expiry(const node& value) {
  auto length = to_duration(value);
  if (length && *length != 0ns && (*length < 1min || *length > 24h * 28))
    return unexpected("a duration from \"1m\" to \"28d\", or 0", value);
  return length;
}

}  // namespace

void read_amqp(table_reader& bus, bus_settings& into) {
  auto out = std::make_shared<amqp_settings>();
  if (bus.require("url")) bus.read("url", out->url, to_amqp_url);
  read_tls(bus, out->tls);
  bus.read("exchange", out->exchange, to_short_name);
  bus.read("queue", out->queue, to_short_name);
  bus.read("prefetch", out->prefetch, to_prefetch);
  bus.read("expires", out->expires, to_expiry);
  const auto& url = out->url.source;
  if (bus.has("tls") && url.starts_with("amqp://")) bus.wrong_here("`tls` needs an `amqps://` URL");
  into.amqp = std::move(out);
}

}  // namespace freshet::config
