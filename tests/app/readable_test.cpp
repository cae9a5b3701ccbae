#include "app/client/readable.hpp"

#include <gtest/gtest.h>

#include "app/client/change_notice.hpp"
#include "app/client/plain_text.hpp"
#include "app/client/remote.hpp"
#include "core/text/timestamp.hpp"

namespace freshet::app {
namespace {

const auto now = *parse_timestamp("2026-11-21T06:00:00Z");

std::string table(const std::string& json) {
  simdjson::dom::parser parser;
  return readable(now).table(parser.parse(json).get_array().value());
}
std::string outline(const std::string& json) {
  simdjson::dom::parser parser;
  return readable(now).outline(parser.parse(json).get_object().value());
}

TEST(Readable, ATableAlignsItsColumns) {
  EXPECT_EQ(table(R"([{"name":"fedmsg","up":true,"messages":1234,"last":"2026-11-21T05:59:48Z"},
                      {"name":"db","messages":5,"up":false,"last":null,"calls":{"ok":1,"error":0}}])"),
            "name    up     messages  last     calls\n"
            "fedmsg  true       1234  12s ago  -\n"
            "db      false         5  -        ok=1 error=0\n");
}

TEST(Readable, AnOutlineNestsAndShowsFlatRowsAsATable) {
  EXPECT_EQ(outline(R"({"page":"/x","cause":{"id":"e1","rule":null},"parts":[{"upstream":"b",
      "calls":[{"at":"2026-11-21T05:58:00Z","ms":12.25}]},{"upstream":"c","calls":[]}],
      "changed":"2026-11-20T06:00:00Z","tags":["a","b"],"none":{}})"),
            "page:    /x\n"
            "cause:\n"
            "  id:   e1\n"
            "  rule: -\n"
            "parts:\n"
            "  - upstream: b\n"
            "    calls:\n"
            "      at         ms\n"
            "      2m ago  12.25\n"
            "  - upstream: c\n"
            "    calls:    -\n"
            "changed: 2026-11-20T06:00:00Z (24h ago)\n"
            "tags:    a, b\n"
            "none:    -\n");
}

TEST(Readable, WholeNumbersStayWhole) {
  EXPECT_EQ(
      outline(R"({"version":1795251761670596,"big":18446744073709551615,"low":-5,"ms":0.25})"),
      "version: 1795251761670596\nbig:     18446744073709551615\nlow:     -5\nms:      0.25\n");
}

TEST(Readable, AgesHaveOneUnit) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ago(now, now), "now");
  EXPECT_EQ(ago(now - 119s, now), "119s ago");
  EXPECT_EQ(ago(now - 3min, now), "3m ago");
  EXPECT_EQ(ago(now + 3h, now), "in 3h");
  EXPECT_EQ(ago(now - 72h, now), "3d ago");
}

TEST(Readable, NothingThatATerminalWouldObeyComesThrough) {
  EXPECT_EQ(printable("a\x1b[31mb\r\n\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x7f");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f\xc2\x9bx"), "gr\xc3\xbc\xc3\x9f\\x9bx");
  EXPECT_EQ(printable("\xff\xc2"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(outline(R"({"a\u001b[2J":"x\u001b]0;y\u0007"})"), "a\\x1b[2J: x\\x1b]0;y\\x07\n");
  EXPECT_EQ(table(R"([{"n":"\u001b[1m"}])"), "n\n\\x1b[1m\n");
}

TEST(ChangeNotice, ReadsAReload) {
  const auto notice = change_notice::read(
      {"1-7", "reload",
       R"({"@id":"/x","etag":"\"ab\"","version":7,"event":"e1","cause":"a.b\u001b"})"});
  EXPECT_EQ(notice.path, "/x");
  EXPECT_EQ(notice.etag, "\"ab\"");
  EXPECT_EQ(notice.version, 7u);
  EXPECT_NE(notice.text(now).find(" reload /x version=7 cause=a.b\\x1b event=e1"),
            std::string::npos);
  EXPECT_EQ(notice.json(), R"({"name":"reload","id":"1-7","data":)" + notice.data + "}");
}

TEST(ChangeNotice, ReadsAResyncAndWhatItDoesNotKnow) {
  const auto some = change_notice::read({"", "resync", R"({"pages":[{"@id":"/x"},{"@id":"/y"}]})"});
  EXPECT_EQ(some.pages, (std::vector<std::string>{"/x", "/y"}));
  EXPECT_NE(some.text(now).find("resync 2 pages"), std::string::npos);
  const auto all = change_notice::read({"", "resync", R"({"pages":null})"});
  EXPECT_EQ(all.pages, std::nullopt);
  EXPECT_NE(all.text(now).find("resync all pages"), std::string::npos);
  const auto other = change_notice::read({"", "news", "not \x1b json"});
  EXPECT_NE(other.text(now).find("news not \\x1b json"), std::string::npos);
  EXPECT_EQ(other.json(), R"({"name":"news","id":"","data":"not \u001b json"})");
}

TEST(ToTarget, KeepsWhatIsEncodedAndEncodesWhatMustBe) {
  EXPECT_EQ(to_target("/a%20b?x=1&y={z}"), "/a%20b?x=1&y={z}");
  EXPECT_EQ(to_target("/gr\xc3\xbc n#x"), "/gr%C3%BC%20n%23x");
  EXPECT_EQ(to_target("/a\r\nX: y"), "/a%0D%0AX:%20y");
  EXPECT_EQ(to_target("a"), std::nullopt);
  EXPECT_EQ(to_target(""), std::nullopt);
}

}  // namespace
}  // namespace freshet::app
