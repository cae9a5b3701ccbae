#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::app {

/// One event of a stream.
struct stream_event {
  std::string id;    // the last id so far; may come from an earlier event
  std::string name;  // "message" when the stream names none
  std::string data;
  bool operator==(const stream_event&) const = default;
};

/// Reads an event stream, a piece at a time, cut anywhere.
///
/// Shape:    lines end with LF, CR or CRLF; a BOM may stand in front; an event and each of its
///           lines have at most `event_max` bytes.
/// Errors:   feed() is false when a bound was passed; the stream is then of no use.
/// Threads:  a value.
/// Source:   HTML standard, "Parsing an event stream" and "Interpreting an event stream".
class event_stream {
 public:
  using sink = std::function<void(stream_event)>;

  explicit event_stream(std::size_t event_max = 4u << 20) : event_max_(event_max) {}

  bool feed(std::string_view bytes, const sink& on_event);
  /// A new connection: what was not complete is forgotten; id and retry stay.
  void restart();

  /// What to send as Last-Event-ID when reconnecting; "" = nothing.
  const std::string& last_id() const { return last_id_; }
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  void end_line(const sink& on_event);
  void dispatch(const sink& on_event);
  void field(std::string_view name, std::string_view value);

  std::size_t event_max_;
  std::string line_, data_, name_, id_, last_id_;
  std::optional<std::chrono::milliseconds> retry_;
  bool after_return_ = false;
  bool first_line_ = true;
};

}  // namespace freshet::app
