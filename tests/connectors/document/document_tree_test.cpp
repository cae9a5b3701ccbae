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

}  // namespace
}  // namespace freshet
