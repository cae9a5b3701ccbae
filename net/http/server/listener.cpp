#include "net/http/server/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cerrno>
#include <csignal>
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

listener::listener(asio::io_context& ctx, listener_options options, const session_environment& env,
                   task_scope::sink on_error)
    : ctx_(ctx),
      options_(std::move(options)),
      env_(env),
      on_error_(std::move(on_error)),
      acceptor_(ctx.get_executor()),
      seat_freed_(ctx.get_executor()),
      over_(std::make_shared<over>()),
      running_(ctx.get_executor(), on_error_) {}

result<std::unique_ptr<listener>> listener::open(asio::io_context& ctx, listener_options options,
                                                 const session_environment& env,
                                                 task_scope::sink on_error) {
  std::unique_ptr<listener> out(new listener(ctx, std::move(options), env, std::move(on_error)));
  if (auto bound = out->bind(); !bound) return bound.error();
  if (auto ready = out->prepare(); !ready) return ready.error();
  return out;
}

result<> listener::prepare() {
  std::signal(SIGPIPE, SIG_IGN);  // sendfile has no flag for it
  boost::system::error_code ec;
  acceptor_.non_blocking(true, ec);
  if (ec) return error(ec, "listen");
  protocol_ = acceptor_.local_endpoint(ec).protocol();
  auto made = poller::open(ctx_, [this] { env_.answers.begin_turn(); });
  if (!made) return made.error();
  ready_ = std::move(*made);
  desk_ = std::make_unique<session_desk>(
      session_desk{env_, ctx_, *ready_, running_, [this](session& who) { leave(who); }, on_error_,
                   std::string(env_.judge.limits().head + 4, '\0')});
  return {};
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
  running_.spawn("poller", ready_->run());
  constexpr int fair_share = 64;
  for (int in_a_row = 0; !stopping_; ++in_a_row) {
    if (options_.connections > 0 && live_.size() >= options_.connections) {
      bump(env_.counts.over_limit);
      co_await pause(std::chrono::hours(1));
      continue;
    }
    const auto got = accept_one();
    if (got == accepted::failed) {
      bump(env_.counts.accept_errors);  // no descriptors, most likely
      co_await pause(std::chrono::milliseconds(100));
    } else if (got == accepted::none || in_a_row >= fair_share) {
      in_a_row = 0;
      auto [ec] = co_await acceptor_.async_wait(acceptor::wait_read, use_result);
      if (ec) co_return;
    }
  }
}

/// By hand: Asio would watch the new socket itself, in vain.
listener::accepted listener::accept_one() {
  asio::generic::stream_protocol::endpoint from;
  auto bytes = static_cast<socklen_t>(from.capacity());
  const int descriptor =
      ::accept4(acceptor_.native_handle(), from.data(), &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) {
    from.resize(bytes);
    admit(descriptor, tcp_endpoint(from).address());
    return accepted::one;
  }
  switch (errno) {
    case EINTR:
    case ECONNABORTED:
      return accepted::one;  // ask again
    case EAGAIN:
      return accepted::none;
    default:
      return accepted::failed;
  }
}

bool listener::is_limited(const peer& who) const {
  return options_.connections_per_address > 0 && !who.proxy;
}

void listener::admit(int descriptor, const asio::ip::address& from) {
  bump(env_.counts.accepted);
  const peer who{from, options_.proxies.contains(from)};
  if (is_limited(who)) {
    auto& count = per_address_[as_v6(from)];
    if (count >= options_.connections_per_address) {
      bump(env_.counts.over_address);
      ::close(descriptor);
      return;
    }
    ++count;
  }
  const int on = 1;  // a unix socket has no such option
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto made = std::make_unique<session>(descriptor, protocol_, who, *desk_);
  auto& added = *made;
  live_.emplace(&added, std::move(made));
  bump(env_.counts.connections);
  if (!added.start()) added.end();
}

/// Gives the seat back at once; the object goes when nobody can be in the midst of it.
void listener::leave(session& who) {
  const auto at = live_.find(&who);
  assert(at != live_.end());
  if (over_->empty()) asio::post(ctx_, [over = over_] { over->clear(); });
  over_->push_back(std::move(at->second));
  live_.erase(at);
  drop(env_.counts.connections);
  if (is_limited(who.from())) {
    const auto count = per_address_.find(as_v6(who.from().address));
    if (--count->second == 0) per_address_.erase(count);
  }
  seat_freed_.cancel();
}

asio::awaitable<void> listener::stop(std::chrono::nanoseconds patience) {
  stopping_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  file_.reset();
  seat_freed_.cancel();
  for (auto* s : everybody()) s->drain();
  const auto last = steady_clock::now() + patience;
  while (!live_.empty() && steady_clock::now() < last) {
    co_await pause(last - steady_clock::now());
  }
  co_await running_.close();
  for (auto* s : everybody()) s->end();
  over_->clear();
}

/// They may leave while somebody goes through them.
std::vector<session*> listener::everybody() const {
  std::vector<session*> out;
  for (const auto& [s, owned] : live_) out.push_back(s);
  return out;
}

}  // namespace freshet::http
