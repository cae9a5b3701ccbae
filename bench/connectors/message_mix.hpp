#pragma once

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::bench {

/// Messages as a bus carries them: those of the NDJSON file that FRESHET_MESSAGES names (recorded
/// fedmsg, one message a line), else our own of much the same topics and sizes.
class message_mix {
 public:
  struct message {
    std::string topic, body;
  };

  message_mix() {
    if (const char* file = std::getenv("FRESHET_MESSAGES")) {
      read(file);
    } else {
      invent();
    }
  }

  const std::vector<message>& all() const { return all_; }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& each : all_) sum += each.body.size();
    return sum;
  }
  /// `buildsys` of org.fedoraproject.prod.buildsys.build.state.change.
  std::set<std::string> families() const {
    std::set<std::string> out;
    for (const auto& each : all_) out.insert(family_of(each.topic));
    return out;
  }

 private:
  static std::string family_of(const std::string& topic) {
    std::size_t at = 0;
    for (int dots = 0; dots < 3 && at != std::string::npos; ++dots) at = topic.find('.', at) + 1;
    return topic.substr(at, topic.find('.', at) - at);
  }
  void read(const char* file) {
    std::ifstream in(file);
    simdjson::dom::parser parser;
    for (std::string line; std::getline(in, line);) {
      std::string_view topic;
      if (parser.parse(line)["topic"].get(topic) == simdjson::SUCCESS)
        all_.push_back({std::string(topic), line});
    }
  }
  /// Most are short; one in sixteen carries a long text.
  void invent() {
    constexpr std::array families{"buildsys", "bodhi",   "pagure",   "copr",    "mailman",
                                  "compose",  "meetbot", "bugzilla", "ansible", "greenwave"};
    for (unsigned n = 0; n < 320; ++n) {
      const std::string topic = fmt::format("org.fedoraproject.prod.{}.thing{}.change",
                                            families[n % families.size()], n % 28);
      const std::size_t more = n % 16 == 0 ? 5000 : 40 + n * 37 % 500;
      all_.push_back(
          {topic, fmt::format(R"({{"i":{0},"msg":{{"attribute":"state","build_id":{0}123,)"
                              R"("instance":"primary","name":"package{1}","new":0,"old":null,)"
                              R"("tags":["new","eu"],"user":{{"id":{0},"name":"ann"}},)"
                              R"("notes":"{2}"}},"msg_id":"2013-{0}f2b6a70","timestamp":)"
                              R"(1359604772.178867,"topic":"{3}","username":"apache"}})",
                              n, n % 100, std::string(more, 'x'), topic)});
    }
  }

  std::vector<message> all_;
};

/// `count` rules: one for each family of topics that comes, the others for topics that do not.
inline std::string mix_rules(const message_mix& mix, std::size_t count) {
  std::string text =
      "[bus.b]\nkind = 'zmq'\nconnect = ['tcp://127.0.0.1:1']\n"
      "[upstream.u]\nkind = 'demo'\n";
  std::string on;
  const auto families = mix.families();
  auto family = families.begin();
  for (std::size_t n = 0; n < count; ++n) {
    const auto name = family == families.end() ? fmt::format("other{}", n) : *family++;
    on += fmt::format(
        "  {{ topic = 'org.fedoraproject.*.{}.#', set = {{ name = ['/msg/package/name',"
        " '/msg/name', '/msg/update/title', '/msg/copr', '/username'] }} }},\n",
        name);
  }
  return text +
         "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x' }\non = [\n" +
         on + "]\n";
}

}  // namespace freshet::bench
