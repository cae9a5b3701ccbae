#pragma once

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/loopback_server.hpp"

namespace freshet::test {

/// As much of an AMQP 0-9-1 broker as a consumer needs, which does what a real one does rarely.
class scripted_broker final : public loopback_server {
 public:
  explicit scripted_broker(asio::io_context& ctx) : loopback_server(ctx) {}

  std::set<std::string> queues;       // that are there
  unsigned binds_refused = 0;         // so many of the next; the channel is closed for it
  std::vector<std::string> messages;  // delivered to each consumer, with their topics as bodies
  bool ends_after_messages = false;   // the connection
  std::vector<std::uint64_t> acknowledged;
  std::size_t consumers = 0;

 private:
  using socket = asio::ip::tcp::socket;

  static std::string number(std::uint64_t value, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>(value >> shift & 0xff);
    return out;
  }
  static std::uint64_t number_in(std::string_view text) {
    std::uint64_t out = 0;
    for (const char c : text) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }
  static std::string shortly(const std::string& text) { return number(text.size(), 1) + text; }
  static std::string at_length(const std::string& text) { return number(text.size(), 4) + text; }
  static std::string frame(unsigned type, std::uint64_t channel, const std::string& payload) {
    return number(type, 1) + number(channel, 2) + at_length(payload) + '\xce';
  }
  static std::string method(std::uint64_t channel, unsigned of, unsigned id,
                            const std::string& arguments = {}) {
    return frame(1, channel, number(of, 2) + number(id, 2) + arguments);
  }
  static std::string no(std::uint64_t channel, const std::string& why) {
    return method(channel, 20, 40, number(404, 2) + shortly(why) + number(0, 4));
  }

  asio::awaitable<void> serve(socket peer) override {
    std::string head(8, '\0');
    co_await asio::async_read(peer, asio::buffer(head), asio::deferred);
    std::string say =
        method(0, 10, 10,
               std::string("\0\x09", 2) + number(0, 4) + at_length("PLAIN") + at_length("en_US"));
    for (bool ends = false; !ends;) {
      co_await asio::async_write(peer, asio::buffer(say), asio::deferred);
      std::string begin(7, '\0');
      co_await asio::async_read(peer, asio::buffer(begin), asio::deferred);
      std::string rest(number_in(begin.substr(3)) + 1, '\0');
      co_await asio::async_read(peer, asio::buffer(rest), asio::deferred);
      say.clear();
      if (begin[0] == 1) say = answer(number_in(begin.substr(1, 2)), rest, ends);
    }
    co_await asio::async_write(peer, asio::buffer(say), asio::deferred);
  }

  std::string answer(std::uint64_t channel, const std::string& told, bool& ends) {
    const auto of = number_in(std::string_view(told).substr(0, 2));
    const auto id = number_in(std::string_view(told).substr(2, 2));
    if (of == 10 && id == 11)
      return method(0, 10, 30, number(0, 2) + number(131072, 4) + number(0, 2));
    if (of == 10 && id == 40) return method(0, 10, 41, shortly(""));
    if (of == 10 && id == 50) {
      ends = true;
      return method(0, 10, 51);
    }
    if (of == 20 && id == 10) return method(channel, 20, 11, at_length(""));
    if (of == 50 && id == 10) return declare(channel, told);
    if (of == 50 && id == 20) {
      if (binds_refused == 0) return method(channel, 50, 21);
      --binds_refused;
      return no(channel, "no such exchange");
    }
    if (of == 60 && id == 10) return method(channel, 60, 11);
    if (of == 60 && id == 20) return consume(channel, ends);
    if (of == 60 && id == 80)
      acknowledged.push_back(number_in(std::string_view(told).substr(4, 8)));
    return {};
  }

  std::string declare(std::uint64_t channel, const std::string& told) {
    const auto size = static_cast<unsigned char>(told[6]);
    auto queue = told.substr(7, size);
    const bool passive = (told[7u + size] & 1) != 0;
    if (passive && !queues.contains(queue)) return no(channel, "no such queue");
    if (queue.empty()) queue = "amq.gen-" + std::to_string(connections);
    queues.insert(queue);
    return method(channel, 50, 11, shortly(queue) + number(0, 8));
  }

  std::string consume(std::uint64_t channel, bool& ends) {
    ++consumers;
    auto out = method(channel, 60, 21, shortly("c"));
    std::uint64_t tag = 0;
    for (const auto& each : messages) {
      out += method(channel, 60, 60,
                    shortly("c") + number(++tag, 8) + number(0, 1) + shortly("x") + shortly(each));
      out +=
          frame(2, channel, number(60, 2) + number(0, 2) + number(each.size(), 8) + number(0, 2));
      out += frame(3, channel, each);
    }
    ends = ends_after_messages;
    return out;
  }
};

}  // namespace freshet::test
