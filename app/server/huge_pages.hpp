#pragma once

namespace freshet::app {

/// Begins the program again with a heap in huge pages, when the kernel has them for who asks
/// (`madvise`) and nobody has set GLIBC_TUNABLES: over many pages a hit is mostly the way to
/// memory, and half of that is finding out where the memory is. glibc listens to its environment
/// alone, and only at the start. Returns when there is nothing to do.
///
/// Threads: before there are any. Descriptors and the process id stay.
/// Source:  glibc manual, "Memory Allocation Tunables"; Linux, transhuge.rst.
void restart_with_huge_pages();

}  // namespace freshet::app
