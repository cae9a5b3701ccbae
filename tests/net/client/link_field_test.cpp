#include "net/client/link_field.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

std::string next_in(std::string_view field) { return next_link(field).value_or("none"); }

TEST(LinkField, TheLinkWhoseRelationIsNext) {
  EXPECT_EQ(next_in("</p?page=2>; rel=\"next\""), "/p?page=2");
  EXPECT_EQ(next_in("</p?page=9>; rel=last, </p?page=2>; rel=next"), "/p?page=2");
  EXPECT_EQ(next_in("<https://a.example/p?a=1,2;b>; title=\"a, b; rel=next\"; rel=\"prev next\""),
            "https://a.example/p?a=1,2;b");
  EXPECT_EQ(next_in(" , <?page=2> ;REL = NEXT ; x"), "?page=2");
  EXPECT_EQ(next_in("<>; rel=next"), "");
  EXPECT_EQ(next_in("</a>; title=\"say \\\"hi\\\"\"; rel=next"), "/a");
}

TEST(LinkField, NothingElseIs) {
  for (const auto* field :
       {"", "</p>", "</p>; rel=prev", "</p>; rel=\"nextish\"", "</p>; rel=prev; rel=next",
        "</p>; rel=next; anchor=\"/other\"", "/p; rel=next", "</p; rel=next", "</p>; rel=\"next",
        "</p>; title=\"x, </q>; rel=next", "</p> rel=next"})
    EXPECT_EQ(next_in(field), "none") << field;
}

}  // namespace
}  // namespace freshet
