#include "core/text/media_type.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(MediaType, OneDocumentOfJson) {
  for (const auto* json : {"application/json", "Application/JSON", "text/json",
                           "application/json; charset=utf-8", "application/ld+json ;a=b"})
    EXPECT_TRUE(is_json_type(json)) << json;
  for (const auto* other : {"", "json", "/json", "+json", "text/html", "application/x-ndjson",
                            "application/json-seq", "application/jsonl", "text/html; a=/json"})
    EXPECT_FALSE(is_json_type(other)) << other;
}

}  // namespace
}  // namespace freshet
