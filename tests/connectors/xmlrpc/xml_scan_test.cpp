#include "connectors/upstream/xmlrpc/xml_scan.hpp"

#include <gtest/gtest.h>

namespace freshet::xmlrpc {
namespace {

std::string refusal(const std::string& text, xml_limits limits = {}) {
  const auto got = scan_xml(text, limits);
  return got ? "" : got.error().text();
}

TEST(XmlScan, TakesWhatXmlRpcHas) {
  EXPECT_EQ(refusal("<?xml version='1.0'?>\n<a b='>'><!-- < & --><c/>&lt;&#65;&#x41;"
                    "<![CDATA[<&nothing;]]></a>"),
            "");
  EXPECT_EQ(*scan_xml("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", {}),
            xml_encoding::latin1);
  EXPECT_EQ(*scan_xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>", {}), xml_encoding::utf8);
}

TEST(XmlScan, NothingThatGrowsIsLetThrough) {
  EXPECT_EQ(
      refusal("<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;'>]><a>&lol2;</a>"),
      "a DOCTYPE or another declaration (malformed)");
  EXPECT_EQ(refusal("<a>&lol;</a>"), "an entity that XML-RPC does not have (malformed)");
  EXPECT_EQ(refusal("<a b='&lol;'/>"), "`<` or `&` inside of an attribute (malformed)");
  EXPECT_EQ(refusal("<a>&</a>"), "an entity that XML-RPC does not have (malformed)");
  EXPECT_EQ(refusal("<a>&#9;&#x10ffff;&#xD7FF;&#xe000;</a>"), "");
  for (const std::string none : {"#99999999", "#0", "#x0", "#xD800", "#57343", "#x110000", "#",
                                 "#x", "#-1", "#+1", "#1f", "#x1g"})
    EXPECT_EQ(refusal("<a>&" + none + ";</a>"), "an entity that XML-RPC does not have (malformed)")
        << none;
  EXPECT_EQ(refusal("<a><?php ?></a>"), "a processing instruction (malformed)");
  EXPECT_EQ(refusal("<?xml version='1.0' encoding='utf-16'?><a/>"),
            "XML in an encoding other than UTF-8: utf-16 (malformed)");
  EXPECT_EQ(refusal(std::string("<a>\0</a>", 8)), "NUL in XML (malformed)");
}

TEST(XmlScan, LimitsHoldBeforeAnythingIsBuilt) {
  xml_limits limits{1000, 3, 4};
  EXPECT_EQ(refusal("<a><b><c/></b></a>", limits), "");
  EXPECT_EQ(refusal("<a><b><c><d></d></c></b></a>", limits), "more than 3 levels (out of range)");
  EXPECT_EQ(refusal("<a><b/><b/><b/><b/></a>", limits), "more than 4 elements (out of range)");
  EXPECT_EQ(refusal("<a>" + std::string(1000, 'x') + "</a>", limits),
            "more than 1000 bytes (out of range)");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<value>";
  EXPECT_EQ(refusal(deep), "more than 220 levels (out of range)");
}

TEST(XmlScan, EveryOpenEndIsSeen) {
  for (const std::string open : {"<a", "<a>", "<!-- ", "<![CDATA[", "<a b='", "</a", "<?xml",
                                 "<a></a></a>", "<a <b>", "<a>&amp"})
    EXPECT_NE(refusal(open), "") << open;
}

}  // namespace
}  // namespace freshet::xmlrpc
