# Everything comes from Debian 12's packages (./run prints and installs the list).
set(CMAKE_THREAD_PREFER_PTHREAD ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(absl REQUIRED)
find_package(simdjson REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(cppzmq REQUIRED)
find_package(pugixml REQUIRED)
pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(brotli REQUIRED IMPORTED_TARGET libbrotlienc libbrotlidec)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(uring REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(rabbitmq REQUIRED IMPORTED_TARGET librabbitmq)

# Concrete versions of Asio and Beast are compiled once, in core/separate_compilation.
add_library(asio_beast INTERFACE)
target_compile_definitions(asio_beast INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  # Asio caches two coroutine frames a thread; nesting three deep would then allocate on every call.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
target_link_libraries(asio_beast INTERFACE
  Boost::headers Boost::url OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
