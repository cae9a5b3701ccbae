#include "tests/net/api/allocations.hpp"

#ifdef FRESHET_SANITIZED
#include <sanitizer/allocator_interface.h>
#else
#include <cstdlib>
#include <new>
#endif

namespace {

thread_local std::size_t count = 0;

}  // namespace

#ifdef FRESHET_SANITIZED

// A sanitizer brings operators of its own, and tells of each allocation.
namespace {

void note(const volatile void*, std::size_t) { ++count; }
void ignore(const volatile void*) {}
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(&note, &ignore);

}  // namespace

#else

namespace {

void* counted(std::size_t n) noexcept {
  ++count;
  return std::malloc(n);
}

void* counted_or_throw(std::size_t n) {
  if (void* p = counted(n)) return p;
  throw std::bad_alloc();
}

}  // namespace

// All forms together: memory of one must not be given back through another's.
void* operator new(std::size_t n) { return counted_or_throw(n); }
void* operator new[](std::size_t n) { return counted_or_throw(n); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return counted(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return counted(n); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }

#endif

namespace freshet::test {

std::size_t allocations() { return count; }

}  // namespace freshet::test
