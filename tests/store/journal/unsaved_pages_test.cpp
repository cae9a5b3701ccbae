#include "store/journal/unsaved_pages.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::pair<page_ref, bool>> take_all(unsaved_pages& from) {
  std::vector<std::pair<page_ref, bool>> out;
  while (const auto note = from.take()) out.emplace_back(note->page, note->with_content);
  return out;
}

saved_change at_sequence(sequence at) {
  saved_change out;
  out.at = at;
  return out;
}

TEST(UnsavedPages, EachPageStandsOnceInTheOrderOfItsFirstNote) {
  int woken = 0;
  unsaved_pages notes([&] { ++woken; });
  notes.state(5);
  notes.state(2);
  notes.content(5);
  notes.state(5);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_THAT(take_all(notes), ElementsAre(std::pair(5u, true), std::pair(2u, false)));
  EXPECT_TRUE(notes.empty());
  notes.state(2);
  EXPECT_EQ(woken, 2);
}

TEST(UnsavedPages, WhatIsForgottenIsOnlyForgottenOnDiskWhenItIsThere) {
  unsaved_pages notes;
  notes.content(1);
  notes.content(2);
  notes.set_row(2, 70);
  notes.forget(1);
  notes.forget(2);
  EXPECT_THAT(take_all(notes), IsEmpty());
  EXPECT_THAT(notes.take_forgotten(), ElementsAre(70u));
  EXPECT_EQ(notes.row_of(2), 0u) << "the next page of this number is another one";
}

TEST(UnsavedPages, ANumberUsedAgainIsAnotherPage) {
  unsaved_pages notes;
  notes.content(3);
  notes.set_row(3, 9);
  notes.forget(3);
  notes.state(3);
  EXPECT_THAT(take_all(notes), ElementsAre(std::pair(3u, false)));
  EXPECT_EQ(notes.row_of(3), 0u);
}

TEST(UnsavedPages, GoneChangesAreBoundedAndTheLossIsSaid) {
  unsaved_pages notes;
  for (sequence at = 1; at <= unsaved_pages::gone_max + 3; ++at) notes.gone(at_sequence(at));
  EXPECT_EQ(notes.gone_lost(), 3u);
  const auto all = notes.take_gone();
  ASSERT_THAT(all, SizeIs(unsaved_pages::gone_max));
  EXPECT_EQ(all.front().at, 4u);
  EXPECT_TRUE(notes.empty());
}

TEST(UnsavedPages, WhatCouldNotBeWrittenComesAgain) {
  int woken = 0;
  unsaved_pages notes([&] { ++woken; });
  notes.give_back({4, 5}, {at_sequence(8)});
  EXPECT_EQ(woken, 1);
  EXPECT_THAT(notes.take_forgotten(), ElementsAre(4u, 5u));
  EXPECT_THAT(notes.take_gone(), SizeIs(1));
}

}  // namespace
}  // namespace freshet
