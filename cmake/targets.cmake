# One helper per kind of target, so that a folder's CMakeLists.txt is a list of its sources.
function(use_common_headers target)
  if(FRESHET_PCH)
    target_precompile_headers(${target} REUSE_FROM common_headers)
  endif()
  target_link_libraries(${target} PRIVATE common_headers)
endfunction()

add_library(common_headers STATIC ${CMAKE_SOURCE_DIR}/cmake/common_headers.cpp)
target_link_libraries(common_headers PUBLIC
  app_options asio_beast absl::flat_hash_map simdjson::simdjson fmt::fmt spdlog::spdlog)
target_include_directories(common_headers PUBLIC ${CMAKE_SOURCE_DIR})
if(FRESHET_PCH)
  target_precompile_headers(common_headers PRIVATE ${CMAKE_SOURCE_DIR}/cmake/common_headers.hpp)
endif()

# add_layer(store core): a static library that may use the layers to its left.
function(add_layer name)
  add_library(${name} STATIC)
  add_library(app::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC common_headers ${ARGN})
  use_common_headers(${name})
endfunction()

# add_unit_test(name LIBS a b SOURCES x.cpp y.cpp): a GoogleTest program, each TEST known to ctest.
function(add_unit_test name)
  cmake_parse_arguments(T "" "" "LIBS;SOURCES;PROPERTIES" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBS} GTest::gmock GTest::gtest_main)
  use_common_headers(${name})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT 600 ENVIRONMENT "${FRESHET_TEST_ENVIRONMENT}" ${T_PROPERTIES})
endfunction()
