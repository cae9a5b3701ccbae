#include "net/http/server/listener.hpp"

#include <sys/socket.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>

#include "core/async/tokens.hpp"

namespace freshet::http {
namespace {

/// A unix socket's peer has no address: it is on this machine.
asio::ip::tcp::endpoint tcp_endpoint(const asio::generic::stream_protocol::endpoint& from) {
  asio::ip::tcp::endpoint out(asio::ip::address_v4::loopback(), 0);
  if (from.protocol().family() == AF_UNIX || from.size() > out.capacity()) return out;
  std::memcpy(out.data(), from.data(), from.size());
  out.resize(from.size());
  return out;
}

}  // namespace

/// Lives in the frame of serve(), so that an exception gives the seat back too.
class listener::seat {
 public:
  seat(listener& owner, session& s) : owner_(owner), address_(as_v6(s.from().address)) {
    limited_ = owner.options_.connections_per_address > 0 && !s.from().proxy;
    if (limited_) ++owner_.per_address_[address_];
    at_ = owner_.live_.insert(owner_.live_.end(), &s);
    bump(owner_.env_.counts.connections);
  }
  seat(const seat&) = delete;
  ~seat() {
    owner_.live_.erase(at_);
    drop(owner_.env_.counts.connections);
    const auto count = limited_ ? owner_.per_address_.find(address_) : owner_.per_address_.end();
    if (count != owner_.per_address_.end() && --count->second == 0) {
      owner_.per_address_.erase(count);
    }
    owner_.seat_freed_.cancel();
  }

 private:
  listener& owner_;
  asio::ip::address_v6 address_;
  bool limited_;
  std::list<session*>::iterator at_;
};

listener::listener(asio::io_context& ctx, listener_options options, const session_environment& env,
                   task_scope::sink on_error)
    : ctx_(ctx),
      options_(std::move(options)),
      env_(env),
      acceptor_(ctx.get_executor()),
      seat_freed_(ctx.get_executor()),
      sessions_(ctx.get_executor(), std::move(on_error)) {}

result<std::unique_ptr<listener>> listener::open(asio::io_context& ctx, listener_options options,
                                                 const session_environment& env,
                                                 task_scope::sink on_error) {
  std::unique_ptr<listener> out(new listener(ctx, std::move(options), env, std::move(on_error)));
  if (auto bound = out->bind(); !bound) return bound.error();
  return out;
}

result<> listener::bind() { return options_.path.empty() ? bind_tcp() : bind_unix(); }

result<> listener::bind_tcp() {
  boost::system::error_code ec;
  const auto where = [&] {
    return "listen on " + options_.at.address().to_string() + ":" +
           std::to_string(options_.at.port());
  };
  acceptor_.open(options_.at.protocol(), ec);
  if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec && options_.reuse_port) {
    const int on = 1;
    if (::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      ec.assign(errno, boost::system::system_category());
    }
  }
  if (!ec) acceptor_.bind(options_.at, ec);
  if (!ec) acceptor_.listen(options_.backlog, ec);
  if (ec) return error(ec, where());
  const auto at = acceptor_.local_endpoint(ec);
  if (ec) return error(ec, where());
  local_ = tcp_endpoint(at);
  return {};
}

result<> listener::bind_unix() {
  if (auto cleared = socket_file::clear(options_.path); !cleared) return cleared.error();
  const asio::local::stream_protocol::endpoint at(options_.path);
  boost::system::error_code ec;
  acceptor_.open(at.protocol(), ec);
  if (!ec) acceptor_.bind(at, ec);
  if (ec) return error(ec, "listen on " + options_.path);
  // Before listen(): nobody can connect while the file has the mode of the umask.
  auto file = socket_file::adopt(options_.path);
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  acceptor_.listen(options_.backlog, ec);
  if (ec) return error(ec, "listen on " + options_.path);
  return {};
}

asio::awaitable<void> listener::pause(std::chrono::nanoseconds at_most) {
  seat_freed_.expires_after(std::chrono::duration_cast<steady_clock::duration>(at_most));
  co_await seat_freed_.async_wait(use_result);
}

asio::awaitable<void> listener::run() {
  while (!stopping_) {
    if (options_.connections > 0 && live_.size() >= options_.connections) {
      bump(env_.counts.over_limit);
      co_await pause(std::chrono::hours(1));
      continue;
    }
    stream_socket socket(ctx_.get_executor());
    asio::generic::stream_protocol::endpoint from;
    auto [ec] = co_await acceptor_.async_accept(socket, from, use_result);
    if (stopping_ || ec == asio::error::operation_aborted) co_return;
    if (!ec) {
      admit(std::move(socket), tcp_endpoint(from).address());
    } else if (ec != asio::error::connection_aborted) {
      bump(env_.counts.accept_errors);  // no descriptors, most likely
      co_await pause(std::chrono::milliseconds(100));
    }
  }
}

void listener::admit(stream_socket socket, const asio::ip::address& from) {
  bump(env_.counts.accepted);
  const peer who{from, options_.proxies.contains(from)};
  if (options_.connections_per_address > 0 && !who.proxy) {
    const auto count = per_address_.find(as_v6(from));
    if (count != per_address_.end() && count->second >= options_.connections_per_address) {
      bump(env_.counts.over_address);
      return;
    }
  }
  sessions_.spawn("http session", serve(std::move(socket), who));
}

asio::awaitable<void> listener::serve(stream_socket socket, peer from) {
  session s(std::move(socket), from, env_);
  seat taken(*this, s);
  co_await s.run();
}

asio::awaitable<void> listener::stop(std::chrono::nanoseconds patience) {
  stopping_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  file_.reset();
  seat_freed_.cancel();
  for (auto* s : live_) s->drain();
  const auto last = steady_clock::now() + patience;
  while (!live_.empty() && steady_clock::now() < last) {
    co_await pause(last - steady_clock::now());
  }
  co_await sessions_.close();
}

}  // namespace freshet::http
