/// A ZeroMQ publisher that never waits but for its subscribers: fedmsg's two frames, JSON of BYTES,
/// each with an id of its own. `page` and `version` stand first, for readers that look no further.
///
///   bench_bus_flood PORT [BYTES = 1024] [PAGES = 100]
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <zmq.hpp>

namespace {

constexpr std::string_view topic = "org.fedoraproject.prod.flood.page.change";

/// `at` says where the id's twelve digits are.
std::string message(std::size_t bytes, std::size_t page, std::size_t& at) {
  std::string out = fmt::format(
      "{{\"page\":\"/k/{0}\",\"version\":1234567,\"topic\":\"{1}\",\"timestamp\":1359604772.178867,"
      "\"msg\":{{\"name\":\"page{0}\",\"user\":{{\"id\":123456,\"name\":\"ann\",\"active\":true}},"
      "\"items\":[",
      page, topic);
  constexpr std::size_t tail = 120;
  for (int i = 0; out.size() + tail + 100 < bytes; ++i)
    out += fmt::format(
        "{}{{\"id\":{},\"title\":\"Item {} of the page\",\"price\":{:.2f},"
        "\"stock\":{},\"tags\":[\"new\",\"eu\"]}}",
        i == 0 ? "" : ",", 1000 + i, i, 9.5 + i * 1.25, i * 7919 % 1000);
  out += "]},\"pad\":\"";
  const auto used = out.size() + std::string_view("\",\"msg_id\":\"2013-000000000000\"}").size();
  if (used < bytes) out.append(bytes - used, 'x');
  out += "\",\"msg_id\":\"2013-";
  at = out.size();
  return out + "000000000000\"}";
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  const std::size_t bytes = count > 2 ? std::strtoull(words[2], nullptr, 10) : 1024;
  const std::size_t pages = count > 3 ? std::strtoull(words[3], nullptr, 10) : 100;
  zmq::context_t context(1);
  zmq::socket_t to(context, zmq::socket_type::pub);
  to.set(zmq::sockopt::sndhwm, 20'000);
  to.set(zmq::sockopt::xpub_nodrop, 1);
  to.bind("tcp://127.0.0.1:" + std::string(words[1]));
  struct ready {
    std::string text;
    std::size_t id;
  };
  std::vector<ready> all(pages);
  for (std::size_t n = 0; n < pages; ++n) all[n].text = message(bytes, n, all[n].id);
  for (std::uint64_t n = 0;; ++n) {
    auto& each = all[n % pages];
    auto digits = n;
    for (std::size_t i = 12; i-- > 0; digits /= 10)
      each.text[each.id + i] = static_cast<char>('0' + digits % 10);
    to.send(zmq::buffer(topic), zmq::send_flags::sndmore);
    to.send(zmq::buffer(each.text), zmq::send_flags::none);
  }
}
