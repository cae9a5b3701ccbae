#include "net/amqp/field_table.hpp"

#include "core/json/writer.hpp"

namespace freshet {
namespace {

/// value / 10^decimals, with as many digits behind the point.
std::string decimal_text(const amqp_decimal_t& d) {
  auto digits = std::to_string(d.value);
  if (d.decimals == 0) return digits;
  if (digits.size() <= d.decimals) digits.insert(0, d.decimals + 1u - digits.size(), '0');
  digits.insert(digits.size() - d.decimals, ".");
  return digits;
}

bool write_value(json::writer& w, const amqp_field_value_t& value, int depth);

bool write_table(json::writer& w, const amqp_table_t& table, int depth) {
  if (depth > table_depth_max) return false;
  w.begin_object();
  for (int i = 0; i < table.num_entries; ++i) {
    w.key(view_of(table.entries[i].key));
    if (!write_value(w, table.entries[i].value, depth + 1)) return false;
  }
  w.end_object();
  return true;
}

bool write_array(json::writer& w, const amqp_array_t& array, int depth) {
  if (depth > table_depth_max) return false;
  w.begin_array();
  for (int i = 0; i < array.num_entries; ++i)
    if (!write_value(w, array.entries[i], depth + 1)) return false;
  w.end_array();
  return true;
}

bool write_number(json::writer& w, const amqp_field_value_t& value) {
  const auto& v = value.value;
  switch (value.kind) {
    case AMQP_FIELD_KIND_I8:
      w.number(v.i8);
      return true;
    case AMQP_FIELD_KIND_U8:
      w.number(v.u8);
      return true;
    case AMQP_FIELD_KIND_I16:
      w.number(v.i16);
      return true;
    case AMQP_FIELD_KIND_U16:
      w.number(v.u16);
      return true;
    case AMQP_FIELD_KIND_I32:
      w.number(v.i32);
      return true;
    case AMQP_FIELD_KIND_U32:
      w.number(v.u32);
      return true;
    case AMQP_FIELD_KIND_I64:
      w.number(v.i64);
      return true;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
      w.number(v.u64);
      return true;
    case AMQP_FIELD_KIND_F32:
      w.number(static_cast<double>(v.f32));
      return true;
    case AMQP_FIELD_KIND_F64:
      w.number(v.f64);
      return true;
    case AMQP_FIELD_KIND_DECIMAL:
      w.raw(decimal_text(v.decimal));
      return true;
    default:
      return false;
  }
}

bool write_value(json::writer& w, const amqp_field_value_t& value, int depth) {
  switch (value.kind) {
    case AMQP_FIELD_KIND_BOOLEAN:
      w.boolean(value.value.boolean != 0);
      return true;
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
      w.string(view_of(value.value.bytes));
      return true;
    case AMQP_FIELD_KIND_VOID:
      w.null();
      return true;
    case AMQP_FIELD_KIND_TABLE:
      return write_table(w, value.value.table, depth);
    case AMQP_FIELD_KIND_ARRAY:
      return write_array(w, value.value.array, depth);
    default:
      return write_number(w, value);
  }
}

}  // namespace

bool append_table(std::string& out, const amqp_table_t& table) {
  json::writer w(out);
  return write_table(w, table, 1);
}

}  // namespace freshet
