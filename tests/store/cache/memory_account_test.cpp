#include "store/memory/memory_account.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <memory>

#include "store/memory/chunked.hpp"

namespace freshet {
namespace {

TEST(MemoryAccount, SumsItsKinds) {
  memory_account account(1000);
  account.add(memory_kind::bodies, 700);
  account.add(memory_kind::ledger, 200);
  account.replace(memory_kind::ledger, 200, 500);
  EXPECT_EQ(account.used(), 1200u);
  EXPECT_EQ(account.used(memory_kind::ledger), 500u);
  EXPECT_EQ(account.excess(), 200u);
  EXPECT_FALSE(account.admits());
  account.remove(memory_kind::bodies, 100);
  EXPECT_EQ(account.excess(), 100u);
  EXPECT_TRUE(account.admits());  // within the eighth
}

TEST(MemoryAccount, WhatIsLeavingNeedsNoMoreEviction) {
  memory_account account(1000);
  account.add(memory_kind::views, 1100);
  account.retire(300);
  EXPECT_EQ(account.used(), 1100u);
  EXPECT_EQ(account.excess(), 0u);
  account.release(300);
  account.remove(memory_kind::views, 300);
  EXPECT_EQ(account.excess(), 0u);
  EXPECT_EQ(account.used(), 800u);
}

TEST(MemoryAccount, EveryKindHasAName) {
  EXPECT_EQ(name_of(memory_kind::slots), "slots");
  EXPECT_EQ(name_of(memory_kind::changes), "changes");
}

TEST(MemoryAccount, HeapBytesIsWhatTheHeapTakes) {
#ifdef FRESHET_SANITIZED
  GTEST_SKIP() << "another heap";
#else
  for (const std::size_t n : {1u, 24u, 25u, 40u, 41u, 100u, 1000u, 60000u}) {
    const std::unique_ptr<void, void (*)(void*)> p(std::malloc(n), std::free);
    const auto taken = malloc_usable_size(p.get()) + 8;  // a rest too small to be a chunk stays on
    EXPECT_TRUE(taken == heap_bytes(n) || taken == heap_bytes(n) + 16) << n << ' ' << taken;
  }
#endif
}

TEST(MemoryAccount, ShortStringsTakeNothing) {
  EXPECT_EQ(heap_bytes(std::string(15, 'x')), 0u);
  EXPECT_EQ(heap_bytes(std::string(16, 'x')), heap_bytes(std::size_t{17}));
}

TEST(Chunked, RowsNeverMove) {
  chunked<int, 4> rows;
  int* first = &rows.grow_to(0);
  *first = 7;
  rows.grow_to(1000) = 9;
  EXPECT_EQ(&rows[0], first);
  EXPECT_EQ(rows[0], 7);
  EXPECT_EQ(rows[999], 0);
  EXPECT_EQ(rows[1000], 9);
  EXPECT_EQ(rows.size(), 1004u);
}

}  // namespace
}  // namespace freshet
