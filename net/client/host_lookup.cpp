#include "net/client/host_lookup.hpp"

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

constexpr std::size_t addresses_max = 8;
constexpr std::chrono::seconds good_for{30};
constexpr std::chrono::seconds pause_after_failure{5};
constexpr std::chrono::minutes usable_for{5};

}  // namespace

/// What the thread and the loop share. The loop may give up the flight at any time; the executor is
/// touched only while it has not, because the loop may be gone afterwards.
struct host_lookup::flight {
  std::mutex mutex;
  host_lookup* owner;  // null = given up
};

host_lookup::host_lookup(asio::io_context::executor_type ex, std::string host, question ask)
    : ex_(ex),
      host_(std::move(host)),
      ask_(ask ? std::move(ask) : question(ask_system)),
      landed_(ex, mono_time::max()) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(host_, ec);
  if (ec) return;
  known_ = {literal};
  good_until_ = mono_time::max();
}

void host_lookup::doubt() {
  if (good_until_ < mono_time::max()) good_until_ = usable_until_ = {};
}

host_lookup::~host_lookup() {
  if (!flight_) return;
  const std::lock_guard lock(flight_->mutex);
  flight_->owner = nullptr;
}

result<void> host_lookup::take_off() {
  auto up = std::make_shared<flight>();
  up->owner = this;
  auto work = [up, ex = ex_, ask = ask_, host = host_] {
    auto found = ask(host);
    const std::lock_guard lock(up->mutex);
    if (!up->owner) return;
    asio::post(ex, [up, found = std::move(found)]() mutable {
      if (up->owner) up->owner->land(std::move(found));
    });
  };
  if (auto began = look_up_apart(std::move(work)); !began) return began.error();
  flight_ = std::move(up);
  return {};
}

void host_lookup::land(result<addresses> found) {
  flight_.reset();
  const auto now = steady_clock::now();
  failed_ = {};
  if (found && !found->empty()) {
    known_ = std::move(*found);
    known_.resize(std::min(known_.size(), addresses_max));
    good_until_ = now + good_for;
    usable_until_ = good_until_ + usable_for;
  } else if (now < usable_until_) {
    good_until_ = now + pause_after_failure;
  } else {
    failed_ = found ? error(client_errc::unreachable, "no address") : found.error();
  }
  landed_.cancel();
}

asio::awaitable<result<host_lookup::addresses>> host_lookup::find() {
  const auto now = steady_clock::now();
  if (now < good_until_) co_return known_;
  if (!flight_) {
    if (auto up = take_off(); !up) co_return up.error();
  }
  if (now < usable_until_) co_return known_;
  const auto awaited = flight_;
  while (flight_ == awaited) co_await landed_.async_wait(use_result);
  if (failed_.code) co_return failed_;
  co_return known_;
}

result<void> look_up_apart(std::function<void()> work) {
  try {
    std::thread thread(std::move(work));
    pthread_setname_np(thread.native_handle(), "lookup");
    thread.detach();
  } catch (const std::system_error& e) {
    return error(client_errc::overloaded, std::string("no thread for a lookup: ") + e.what());
  }
  return {};
}

result<host_lookup::addresses> ask_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (failed != 0) return error(client_errc::unreachable, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  host_lookup::addresses found;
  for (const auto* at = list; at; at = at->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (at->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    found.push_back(endpoint.address());
  }
  return found;
}

}  // namespace freshet
