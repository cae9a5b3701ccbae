#include "connectors/upstream/xmlrpc/xml_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace freshet::xmlrpc {
namespace {

constexpr auto npos = std::string_view::npos;

/// A parser would end the text at character 0, and write what Unicode does not have as it is.
bool is_reference(std::string_view name) {
  constexpr std::string_view known[] = {"amp", "lt", "gt", "quot", "apos"};
  if (std::ranges::find(known, name) != std::end(known)) return true;
  if (!name.starts_with('#')) return false;
  const bool hex = name.starts_with("#x");
  const auto digits = name.substr(hex ? 2 : 1);
  std::uint32_t character = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, character, hex ? 16 : 10);
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  return read.ec == std::errc{} && read.ptr == end && character != 0 && character <= 0x10FFFF &&
         !surrogate;
}

class scan {
 public:
  scan(std::string_view text, const xml_limits& limits) : text_(text), limits_(limits) {}

  result<xml_encoding> run() {
    if (text_.size() > limits_.bytes)
      return fail(errc::out_of_range, "more than " + std::to_string(limits_.bytes) + " bytes");
    if (text_.find('\0') != npos) return fail(errc::malformed, "NUL in XML");
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (text_.substr(at_).starts_with("<?xml"))
      if (auto read = declaration(); !read) return read.error();
    while ((at_ = text_.find_first_of("<&", at_)) != npos) {
      auto step = text_[at_] == '&' ? reference() : markup();
      if (!step) return step.error();
    }
    if (depth_ != 0) return fail(errc::malformed, "XML that ends inside of an element");
    return encoding_;
  }

 private:
  /// Behind the next `end`, from here.
  result<void> skip_to(std::string_view end, std::string_view what) {
    const auto found = text_.find(end, at_);
    if (found == npos) return fail(errc::malformed, std::string(what) + " without an end");
    at_ = found + end.size();
    return {};
  }

  result<void> declaration() {
    const auto begin = at_;
    if (auto end = skip_to("?>", "an XML declaration"); !end) return end;
    auto said = std::string(text_.substr(begin, at_ - begin));
    for (auto& c : said) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto key = said.find("encoding");
    if (key == std::string::npos) return {};
    const auto open = said.find_first_of("\"'", key);
    const auto close = open == std::string::npos ? open : said.find(said[open], open + 1);
    if (close == std::string::npos) return fail(errc::malformed, "a broken XML declaration");
    const auto name = said.substr(open + 1, close - open - 1);
    if (name == "iso-8859-1") encoding_ = xml_encoding::latin1;
    if (name == "iso-8859-1" || name == "utf-8" || name == "us-ascii") return {};
    return fail(errc::malformed, "XML in an encoding other than UTF-8: " + name.substr(0, 32));
  }

  result<void> reference() {
    const auto end = text_.substr(at_, 12).find(';');
    if (end == npos || !is_reference(text_.substr(at_ + 1, end - 1)))
      return fail(errc::malformed, "an entity that XML-RPC does not have");
    at_ += end + 1;
    return {};
  }

  result<void> markup() {
    const auto rest = text_.substr(at_);
    if (rest.starts_with("<!--")) {
      at_ += 4;
      return skip_to("-->", "a comment");
    }
    if (rest.starts_with("<![CDATA[")) return skip_to("]]>", "CDATA");
    if (rest.starts_with("<!")) return fail(errc::malformed, "a DOCTYPE or another declaration");
    if (rest.starts_with("<?")) return fail(errc::malformed, "a processing instruction");
    if (rest.starts_with("</")) {
      if (depth_ == 0) return fail(errc::malformed, "an end without a begin");
      --depth_;
      return skip_to(">", "an end tag");
    }
    return element();
  }

  /// A start tag; a `>` may stand inside of an attribute's quotes.
  result<void> element() {
    if (++elements_ > limits_.elements)
      return fail(errc::out_of_range,
                  "more than " + std::to_string(limits_.elements) + " elements");
    for (++at_; (at_ = text_.find_first_of("\"'<&>", at_)) != npos;) {
      const char c = text_[at_];
      if (c == '>') break;
      if (c == '<') return fail(errc::malformed, "`<` inside of a tag");
      if (c == '&') {
        if (auto read = reference(); !read) return read;
        continue;
      }
      const auto begin = ++at_;
      if (auto end = skip_to({&c, 1}, "an attribute"); !end) return end;
      const auto value = text_.substr(begin, at_ - begin);
      if (value.find_first_of("<&") != npos)
        return fail(errc::malformed, "`<` or `&` inside of an attribute");
    }
    if (at_ == npos) return fail(errc::malformed, "a tag without an end");
    const bool is_empty = text_[at_ - 1] == '/';
    ++at_;
    if (is_empty) return {};
    if (++depth_ > limits_.depth)
      return fail(errc::out_of_range, "more than " + std::to_string(limits_.depth) + " levels");
    return {};
  }

  std::string_view text_;
  const xml_limits& limits_;
  std::size_t at_ = 0, depth_ = 0, elements_ = 0;
  xml_encoding encoding_ = xml_encoding::utf8;
};

}  // namespace

result<xml_encoding> scan_xml(std::string_view text, const xml_limits& limits) {
  return scan(text, limits).run();
}

}  // namespace freshet::xmlrpc
