#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "connectors/bus/bus.hpp"
#include "core/config/settings.hpp"
#include "core/result.hpp"

namespace freshet {

/// What a file of messages did so far.
struct ndjson_counts {
  std::uint64_t lines = 0;    // complete lines, good or bad
  std::uint64_t events = 0;   // given to the sink
  std::uint64_t dropped = 0;  // the drop sink knows why
};

/// A bus made of a file or of standard input: one JSON message a line.
///
/// Shape:    read in chunks of 32 KiB, one chunk a turn of the loop; at most `max_message` bytes
///           held.
/// Errors:   open: missing. A bad line is dropped and counted; a read error ends run() with up()
///           false.
/// Lifetime: the sinks outlive run(); run() ends at the end of the file unless it follows it. A
///           file's position is its number, the hash of how it begins, and the bytes read: another
///           file of the same name is read from its beginning.
/// Threads:  home loop only.
class ndjson_bus final : public bus {
 public:
  static result<std::unique_ptr<ndjson_bus>> open(boost::asio::io_context::executor_type ex,
                                                  config::bus_settings settings,
                                                  event_sink on_event, drop_sink on_drop);
  ~ndjson_bus() override;

  std::string_view name() const override;
  boost::asio::awaitable<void> run() override;
  bool up() const override;
  bool take_again(std::string_view topic, std::string_view bytes) override;
  std::string position() const override;
  bool resume(std::string_view position) override;
  const ndjson_counts& counts() const;

 private:
  class reader;
  explicit ndjson_bus(std::unique_ptr<reader> impl);
  std::unique_ptr<reader> reader_;
};

}  // namespace freshet
