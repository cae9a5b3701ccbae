#include "net/amqp/field_table.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/net/amqp/frames.hpp"

namespace freshet {
namespace {

class FieldTable : public testing::Test {
 protected:
  amqp_field_value_t& add(const std::string& name, amqp_field_value_kind_t kind) {
    entries.reserve(64);
    auto& made = entries.emplace_back();
    made.key = keep.keep(name);
    made.value.kind = static_cast<std::uint8_t>(kind);
    return made.value;
  }
  std::string text() {
    std::string out;
    const amqp_table_t table{static_cast<int>(entries.size()), entries.data()};
    return append_table(out, table) ? out : "refused";
  }
  std::vector<amqp_table_entry_t> entries;
  test::frames keep;
};

TEST_F(FieldTable, FedorasHeaders) {
  add("fedora_messaging_schema", AMQP_FIELD_KIND_UTF8).value.bytes = keep.keep("bodhi.v1");
  add("fedora_messaging_severity", AMQP_FIELD_KIND_I32).value.i32 = 20;
  add("fedora_messaging_rpm_texworks", AMQP_FIELD_KIND_BOOLEAN).value.boolean = 1;
  EXPECT_EQ(text(), R"({"fedora_messaging_schema":"bodhi.v1","fedora_messaging_severity":20,)"
                    R"("fedora_messaging_rpm_texworks":true})");
}

TEST_F(FieldTable, EveryKindOfNumber) {
  add("a", AMQP_FIELD_KIND_I8).value.i8 = -1;
  add("b", AMQP_FIELD_KIND_U8).value.u8 = 255;
  add("c", AMQP_FIELD_KIND_I16).value.i16 = -2;
  add("d", AMQP_FIELD_KIND_U16).value.u16 = 65535;
  add("e", AMQP_FIELD_KIND_U32).value.u32 = 4294967295;
  add("f", AMQP_FIELD_KIND_I64).value.i64 = std::numeric_limits<std::int64_t>::min();
  add("g", AMQP_FIELD_KIND_U64).value.u64 = std::numeric_limits<std::uint64_t>::max();
  add("h", AMQP_FIELD_KIND_TIMESTAMP).value.u64 = 1564427542;
  add("i", AMQP_FIELD_KIND_F64).value.f64 = 0.5;
  add("j", AMQP_FIELD_KIND_F32).value.f32 = 0.25F;
  add("k", AMQP_FIELD_KIND_F64).value.f64 = std::numeric_limits<double>::infinity();
  EXPECT_EQ(text(), R"({"a":-1,"b":255,"c":-2,"d":65535,"e":4294967295,"f":-9223372036854775808,)"
                    R"("g":18446744073709551615,"h":1564427542,"i":0.5,"j":0.25,"k":null})");
}

TEST_F(FieldTable, DecimalsKeepTheirDigits) {
  add("a", AMQP_FIELD_KIND_DECIMAL).value.decimal = {2, 12345};
  add("b", AMQP_FIELD_KIND_DECIMAL).value.decimal = {3, 5};
  add("c", AMQP_FIELD_KIND_DECIMAL).value.decimal = {0, 7};
  EXPECT_EQ(text(), R"({"a":123.45,"b":0.005,"c":7})");
}

TEST_F(FieldTable, TextsBytesVoidAndNestedOnes) {
  add("s", AMQP_FIELD_KIND_UTF8).value.bytes = keep.keep("a\"b\xff");
  add("x", AMQP_FIELD_KIND_BYTES).value.bytes = keep.keep("raw");
  add("v", AMQP_FIELD_KIND_VOID);
  amqp_table_entry_t inner{keep.keep("k"), {}};
  inner.value.kind = AMQP_FIELD_KIND_VOID;
  add("t", AMQP_FIELD_KIND_TABLE).value.table = {1, &inner};
  amqp_field_value_t item{};
  item.kind = AMQP_FIELD_KIND_BOOLEAN;
  add("l", AMQP_FIELD_KIND_ARRAY).value.array = {1, &item};
  EXPECT_EQ(text(),
            "{\"s\":\"a\\\"b\xef\xbf\xbd\",\"x\":\"raw\",\"v\":null,\"t\":{\"k\":null},"
            "\"l\":[false]}");
}

TEST_F(FieldTable, WhatIsTooDeepOrUnknownIsRefused) {
  std::vector<amqp_field_value_t> nested(table_depth_max + 1);
  for (std::size_t i = 0; i < nested.size(); ++i) {
    nested[i].kind = AMQP_FIELD_KIND_ARRAY;
    nested[i].value.array = {i + 1 < nested.size() ? 1 : 0, nested.data() + i + 1};
  }
  add("deep", AMQP_FIELD_KIND_ARRAY) = nested[2];
  EXPECT_TRUE(text().starts_with("{\"deep\":[[[")) << text();
  entries.clear();
  add("deep", AMQP_FIELD_KIND_ARRAY) = nested[0];
  EXPECT_EQ(text(), "refused");
  entries.clear();
  add("odd", AMQP_FIELD_KIND_VOID).kind = 'Z';
  EXPECT_EQ(text(), "refused");
}

}  // namespace
}  // namespace freshet
