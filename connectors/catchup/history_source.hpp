#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/catchup/history_page.hpp"
#include "core/clock.hpp"
#include "core/config/settings.hpp"

namespace freshet {

/// One page that is asked for: everything whose time is in [from, to], oldest first.
struct history_question {
  wall_time from{};
  wall_time to{};
  std::uint64_t page = 1;
  std::uint32_t rows = 100;
};

/// Where a bus' past can be asked for.
///
/// Errors:   client_errc, status_error, or malformed: whatever it is, the page was not got.
/// Lifetime: outlives its questions.
/// Threads:  home loop only.
class history_source {
 public:
  virtual ~history_source() = default;
  virtual boost::asio::awaitable<result<history_page>> ask(history_question question) = 0;
};

/// datagrepper over HTTP(S).
///
/// Shape:    an answer is at most 8 MiB and takes at most 30 s, however slowly it comes. `headers`:
///           those of the settings, as they are sent.
/// Errors:   make: malformed, when the URL is none; what make_client_tls refuses.
result<std::unique_ptr<history_source>> make_datagrepper(
    boost::asio::io_context::executor_type ex, const std::string& bus,
    const config::catch_up_settings& settings,
    std::vector<std::pair<std::string, std::string>> headers);

/// The query of a question, from its `?` on.
std::string datagrepper_query(const history_question& question);

}  // namespace freshet
