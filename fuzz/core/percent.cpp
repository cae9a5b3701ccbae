/// Any bytes: what was encoded decodes to itself, and holds only bytes that may stand there.
#include "core/url/percent.hpp"

#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace {

bool may_stand(char c, std::string_view more) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         more.find(c) != more.npos;
}

bool is_plain(std::string_view text) {
  std::vector<char32_t> points;
  if (!freshet::fuzz::decode_utf8(text, points)) return false;
  for (const auto c : points) {
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  struct {
    percent_set kept;
    std::string_view literal;
  } const sets[] = {{percent_set::unreserved, "-._~%"},
                    {percent_set::canonical, "-._~%!$&'()*+,:@"},
                    {percent_set::canonical_query, "-._~%!$'()*,:@"}};
  for (const auto& [kept, literal] : sets) {
    const auto encoded = percent_encode(text, kept);
    for (const char c : encoded) fuzz::require(may_stand(c, literal), "only bytes of the set");
    const auto back = percent_decode(encoded, plus_sign::literal);
    fuzz::require(back && *back == text, "decode(encode(x)) = x");
  }
  const auto form =
      percent_decode(percent_encode(text, percent_set::canonical_query), plus_sign::space);
  fuzz::require(form && *form == text, "the query's set survives a form decoder");
  const auto decoded = percent_decode(text, plus_sign::literal);
  if (decoded) {
    fuzz::require(decoded->size() <= text.size(), "decoding never grows");
    const auto again = percent_encode(*decoded, percent_set::unreserved);
    fuzz::require(*percent_decode(again) == *decoded, "encoding what was decoded is stable");
  }
  fuzz::require(is_plain_text(text) == is_plain(text), "plain text is UTF-8 without controls");
  return 0;
}
