#include "connectors/bus/zmq/zmq_bus.hpp"

namespace freshet {

namespace asio = boost::asio;

result<std::unique_ptr<zmq_bus>> zmq_bus::create(asio::io_context::executor_type ex,
                                                 config::bus_settings settings, event_sink on_event,
                                                 drop_sink on_drop) {
  zmq_subscriber_options options;
  options.connect = settings.connect;
  options.prefixes = settings.topics;
  options.max_message = settings.max_message;
  options.hwm = settings.hwm;
  options.on_refused = [on_drop](std::string_view why, std::string_view topic,
                                 std::string_view body) { on_drop({why, topic, body}); };
  auto subscriber = zmq_subscriber::create(ex, std::move(options));
  if (!subscriber) return subscriber.error();
  return std::unique_ptr<zmq_bus>(new zmq_bus(std::move(settings), std::move(*subscriber),
                                              std::move(on_event), std::move(on_drop)));
}

zmq_bus::zmq_bus(config::bus_settings settings, std::unique_ptr<zmq_subscriber> subscriber,
                 event_sink on_event, drop_sink on_drop)
    : settings_(std::move(settings)),
      subscriber_(std::move(subscriber)),
      decoder_(settings_.name, settings_.max_message),
      on_event_(std::move(on_event)),
      on_drop_(std::move(on_drop)) {}

void zmq_bus::take(std::string_view topic, std::string_view body) {
  const auto message = decoder_.decode_frames(topic, body);
  if (!message) {
    on_drop_({message.drop, topic, body});
    return;
  }
  if (message.topic_differs) ++topics_differ_;
  on_event_(message.value);
}

asio::awaitable<void> zmq_bus::run() {
  return subscriber_->run(
      [this](std::string_view topic, std::string_view body) { take(topic, body); });
}

}  // namespace freshet
