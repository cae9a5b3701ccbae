#include "connectors/lint/field_history.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

/// One letter an event: u usable, m missing, e empty, o another type.
field_history after(std::string_view events) {
  field_history made;
  std::uint64_t line = 0;
  for (const char c : events)
    made.saw(c == 'u'   ? field_shape::usable
             : c == 'm' ? field_shape::missing
             : c == 'e' ? field_shape::empty
                        : field_shape::odd,
             ++line);
  return made;
}

TEST(FieldHistory, AFieldThatWasUsualAndIsGoneHasVanished) {
  const auto gone = after("uuuummm");
  EXPECT_TRUE(gone.vanished());
  EXPECT_EQ(gone.missing_since(), 5u);
  EXPECT_EQ(gone.missing_lately(), 3u);
  EXPECT_EQ(gone.first_usable(), 1u);
}

TEST(FieldHistory, AnOptionalFieldHasNot) {
  EXPECT_FALSE(after("umumumm").vanished());   // no run of three
  EXPECT_FALSE(after("mmmummm").vanished());   // it was never usual
  EXPECT_FALSE(after("uuummmmu").vanished());  // it came back
  EXPECT_FALSE(after("mmmmmm").vanished());    // it was never there
  EXPECT_FALSE(after("uuueee").vanished());    // null is there
}

}  // namespace
}  // namespace freshet
