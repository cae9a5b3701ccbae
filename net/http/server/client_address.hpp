#pragma once

#include <string_view>

#include "net/http/server/responder.hpp"

namespace freshet::http {

/// Who asks: the last address of `X-Forwarded-For` when one of `proxies` wrote it, else the peer.
asio::ip::address client_address(std::string_view forwarded_for, const peer& from);

}  // namespace freshet::http
