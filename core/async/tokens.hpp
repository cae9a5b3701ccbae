#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace freshet {

namespace asio = boost::asio;

/// `auto [ec, n] = co_await op(..., use_result)`: an expected failure is a value, not an exception.
inline constexpr auto use_result = asio::as_tuple(asio::deferred);

}  // namespace freshet
