#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "net/sse/hub.hpp"
#include "net/sse/socket_stream.hpp"

namespace freshet::sse {

/// Gives a socket to the hub: response head and first bytes are written before this returns. `seat`
/// is held as long as the stream lives.
///
/// Errors: as hub::add; the socket is closed then.
result<subscriber_id> attach(hub& h, const clock& time, socket_stream::socket peer,
                             stream_request request, std::string_view head,
                             std::shared_ptr<void> seat = {});

/// Ticks the hub for ever; ends by cancellation. `h` and `time` outlive the scope that runs it.
asio::awaitable<void> tick_for_ever(hub* h, const clock* time, std::chrono::nanoseconds every);

/// The hook `wake`: one flush in the next turn of the loop, so a batch of commits is one delivery.
/// Lifetime: `*h` is null before and after the hub lives.
std::function<void()> flush_next_turn(asio::io_context::executor_type ex, hub** h,
                                      const clock* time);

/// The head of an event stream's response; `more` is complete lines (CORS), each ended by CRLF. The
/// body ends with the connection, for HTTP/1.0 and 1.1 alike.
std::string stream_head(std::string_view more = {});

}  // namespace freshet::sse
