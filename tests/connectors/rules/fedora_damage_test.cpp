// Messages with something left out, or turned into something else.
#include "tests/connectors/rules/fedora_rules.hpp"
#include "tests/connectors/rules/fedora_samples.hpp"

#include <fmt/format.h>

namespace freshet {
namespace {

using simdjson::dom::element;
using test::fedora_line;

/// Writes `from` but for the value number `change`, counted through the document: that one is left
/// out, or becomes null or another type.
class mutant {
 public:
  mutant(int change, std::string_view becomes) : change_(change), becomes_(becomes) {}
  std::string of(element from) {
    write(from);
    return std::move(out_);
  }
  bool changed() const { return changed_; }

 private:
  void write(element v) {
    if (next_++ == change_) {
      changed_ = true;
      out_ += becomes_;
      return;
    }
    if (simdjson::dom::object members; !v.get(members)) {
      out_ += '{';
      bool first = true;
      for (const auto& [name, value] : members) {
        if (becomes_.empty() && next_ == change_) {  // missing
          ++next_;
          changed_ = true;
          continue;
        }
        out_ += fmt::format(R"({}"{}":)", std::exchange(first, false) ? "" : ",", name);
        write(value);
      }
      out_ += '}';
    } else if (simdjson::dom::array elements; !v.get(elements)) {
      out_ += '[';
      bool first = true;
      for (const element value : elements) {
        if (!std::exchange(first, false)) out_ += ',';
        if (becomes_.empty() && next_ == change_) {
          ++next_;
          changed_ = true;
          out_ += "null";
          continue;
        }
        write(value);
      }
      out_ += ']';
    } else {
      out_ += simdjson::to_string(v);
    }
  }

  int change_;
  std::string_view becomes_;
  int next_ = 0;
  bool changed_ = false;
  std::string out_;
};

/// Whatever a publisher leaves out or turns into something else: no name is invented from it.
TEST(FedoraDamage, NamesNothingElse) {
  test::fedora_rules rules;
  simdjson::dom::parser parser;
  int tried = 0;
  for (const auto& s : test::fedora_samples()) {
    const element msg = parser.parse(std::string_view(s.msg)).value();
    for (const std::string_view becomes : {"", "null", "{}", "[]", R"({"id":4})", "[null]"}) {
      for (int change = 1;; ++change) {
        mutant m(change, becomes);
        const auto text = m.of(msg);
        if (!m.changed()) break;
        const auto line = fedora_line(std::string("org.fedoraproject.prod.") + s.topic, text);
        for (const auto& name : rules.packages(line)) {
          // The oldest form of a vote names its package by a member's name.
          const bool is_member =
              becomes == R"({"id":4})" && line.find("fedoratagger.tag.") != std::string::npos;
          EXPECT_TRUE(s.packages.contains(name) || is_member) << name << " from " << line;
        }
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 2000);
}

}  // namespace
}  // namespace freshet
