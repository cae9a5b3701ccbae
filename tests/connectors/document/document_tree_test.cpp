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

}  // namespace
}  // namespace freshet
