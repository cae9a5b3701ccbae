#include "connectors/document/document_tree.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

json::pointer at(std::string_view text) { return json::pointer::parse(text).value(); }

TEST(DocumentTree, PiecesStandAtTheirPointersInOrder) {
  document_tree tree;
  tree.put(at("/b"), "[1]");
  tree.put(at("/a/x"), "1.50");
  tree.put(at("/a/y"), "\"z\"");
  EXPECT_EQ(tree.text(), R"({"b":[1],"a":{"x":1.50,"y":"z"}})");
}

TEST(DocumentTree, AMissingPieceIsNull) {
  document_tree tree;
  tree.put(at("/a"), "");
  EXPECT_EQ(tree.text(), R"({"a":null})");
}

TEST(RawAt, TheBytesAreThoseOfTheSource) {
  const std::string text = R"({ "n" : 1359604772.178867 , "o": {"k" : [1, 2.0]} , "s":"aé" })";
  EXPECT_EQ(raw_at(text, at("/n")), "1359604772.178867");
  EXPECT_EQ(raw_at(text, at("/o")), R"({"k" : [1, 2.0]})");
  EXPECT_EQ(raw_at(text, at("/o/k")), "[1, 2.0]");
  EXPECT_EQ(raw_at(text, at("/s")), R"("aé")");
  EXPECT_EQ(raw_at(text, at("/none")), "");
  EXPECT_EQ(raw_at("", at("/none")), "");
}

TEST(RawAt, NamesAreComparedWithoutTheirEscapes) {
  const std::string text = R"({"a\"b":1,"caf\u00e9":{"\n":[2.50,3]},"x/y~":4,"a":5,"a":6})";
  EXPECT_EQ(raw_at(text, at("/a\"b")), "1");
  EXPECT_EQ(raw_at(text, at("/caf\u00e9/\n/0")), "2.50");
  EXPECT_EQ(raw_at(text, at("/caf\u00e9/\n/00")), "");
  EXPECT_EQ(raw_at(text, at("/x~1y~0")), "4");
  EXPECT_EQ(raw_at(text, at("/a")), "5") << "of equal names the first wins";
}

}  // namespace
}  // namespace freshet
