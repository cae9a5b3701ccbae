/// Any bytes: the reader takes exactly what a plain RFC 8259 parser takes, and numbers keep the
/// text of their source.
#include "core/json/number_source.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/strict_json.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace {

using freshet::fuzz::require;
namespace dom = simdjson::dom;

/// In document order, as strict_json lists its tokens.
class walk {
 public:
  walk(std::string_view source, const std::vector<std::string_view>& tokens)
      : source_(source), tokens_(tokens) {}

  void over(dom::element at) {
    if (at.is_array()) {
      for (const dom::element child : at.get_array()) over(child);
    } else if (at.is_object()) {
      for (const auto [key, child] : at.get_object()) {
        require(freshet::fuzz::is_utf8(key), "names are UTF-8");
        over(child);
      }
    } else if (at.is_string()) {
      require(freshet::fuzz::is_utf8(at.get_string()), "strings are UTF-8");
    } else if (at.is_number()) {
      number(at);
    }
  }
  bool all_seen() const { return next_ == tokens_.size(); }

 private:
  void number(dom::element at) {
    require(next_ < tokens_.size(), "as many numbers as tokens");
    const auto token = tokens_[next_++];
    freshet::json::number_buffer buffer;
    const auto text = freshet::json::number_text(at, source_, buffer);
    require(text == (token == "-0" ? "0" : token), "a number is written as its source has it");
    freshet::json::number_source none;
    require(!freshet::json::number_text(at, none, buffer).empty(), "without a source too");
  }

  freshet::json::number_source source_;
  const std::vector<std::string_view>& tokens_;
  std::size_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  static json::reader reader(1 << 20);  // used again, as a loop does
  const auto root = reader.read(text);
  fuzz::strict_json strict(text);
  const bool valid = strict.valid() && fuzz::is_utf8(text);
  if (root) {
    require(valid, "what the reader takes is JSON");
    require(strict.depth() <= json::reader::depth_max, "depth is bounded");
    require(reader.source() == text, "the source is what was read");
    walk numbers(reader.source(), strict.numbers());
    numbers.over(*root);
    require(numbers.all_seen(), "no number is left out");
  } else if (valid) {
    require(strict.depth() >= json::reader::depth_max || strict.beyond_64_bits() ||
                strict.lone_surrogate(),
            "JSON is refused for its depth, a number or a lone surrogate only");
  }
  return 0;
}
