option(FRESHET_WERROR "warnings are errors" OFF)
option(FRESHET_PCH "precompiled headers" ON)
option(FRESHET_BENCH "build the benchmarks" OFF)
option(FRESHET_LIBFUZZER "link the fuzz targets against libFuzzer instead of the replaying main" OFF)
set(FRESHET_SANITIZE "" CACHE STRING "address,undefined | thread | empty")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Without this sloppiness ccache takes no object that was built with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE_PROGRAM})
endif()

# Flags of our own targets; libraries' headers are system headers and stay silent.
add_library(app_options INTERFACE)
target_compile_options(app_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${FRESHET_WERROR}>:-Werror>
  -fPIE -fstack-protector-strong -fcf-protection)
target_compile_definitions(app_options INTERFACE
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS>)
target_link_options(app_options INTERFACE -pie -fuse-ld=lld-19 -Wl,-z,relro,-z,now)
# ccache may only reuse an object built with a precompiled header if the compiler ignores its time stamps.
target_compile_options(app_options INTERFACE -Xclang -fno-pch-timestamp)

if(FRESHET_SANITIZE)
  target_compile_options(app_options INTERFACE
    -fsanitize=${FRESHET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(app_options INTERFACE -fsanitize=${FRESHET_SANITIZE})
  target_compile_definitions(app_options INTERFACE FRESHET_SANITIZED=1)
  # For every test. The file names libraries without instrumentation, never our own code.
  set(FRESHET_TEST_ENVIRONMENT TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp)
endif()
if(FRESHET_LIBFUZZER)
  target_compile_options(app_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(app_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
