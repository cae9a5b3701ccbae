#include "store/ledger/class_doubts.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(ClassDoubts, ADoubtConcernsWhatWasFetchedBeforeIt) {
  class_doubts is;
  const auto before = is.now();
  EXPECT_FALSE(is.unverified(before));
  is.doubt();
  EXPECT_TRUE(is.doubted(before));
  EXPECT_TRUE(is.unverified(before));
  EXPECT_FALSE(is.unverified(is.now()));
  EXPECT_TRUE(is.doubted(is.bad()));
  EXPECT_FALSE(is.doubted(is.good()));
}

TEST(ClassDoubts, ASuspicionGoesAsItCame) {
  class_doubts is;
  const auto before = is.now();
  const auto which = is.suspect();
  EXPECT_TRUE(is.unverified(before));
  EXPECT_FALSE(is.doubted(before));
  EXPECT_FALSE(is.unverified(is.now())) << "what is fetched from now on";
  is.clear(which);
  EXPECT_FALSE(is.unverified(before));
}

TEST(ClassDoubts, ADoubtBesideASuspicionOutlivesIt) {
  class_doubts is;
  const auto before = is.now();
  const auto which = is.suspect();
  const auto between = is.now();
  is.doubt();
  is.clear(which);
  EXPECT_TRUE(is.doubted(before));
  EXPECT_TRUE(is.doubted(between));
  EXPECT_FALSE(is.unverified(is.now()));
}

TEST(ClassDoubts, EachBusHasItsOwn) {
  class_doubts is;
  const auto before = is.now();
  const auto one = is.suspect();
  const auto between = is.now();
  const auto other = is.suspect();
  is.clear(one);
  EXPECT_TRUE(is.unverified(before));
  EXPECT_TRUE(is.unverified(between));
  is.clear(other);
  EXPECT_FALSE(is.unverified(before));
}

TEST(ClassDoubts, WhatComesFromElsewhereIsAsDoubtfulAsItWas) {
  class_doubts is;
  is.doubt();
  const auto which = is.suspect();
  EXPECT_TRUE(is.unverified(is.good())) << "as everything else";
  EXPECT_FALSE(is.doubted(is.good()));
  is.clear(which);
  EXPECT_FALSE(is.unverified(is.good()));
  EXPECT_TRUE(is.unverified(is.bad()));
}

}  // namespace
}  // namespace freshet
