/// The bytes of a field table, as the library decodes them: what becomes JSON is one object that
/// our reader accepts.
#include <amqp.h>

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "net/amqp/field_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  static json::reader reader(64u << 20);
  constexpr std::size_t frame = 131072;
  if (size > frame) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  amqp_pool_t pool;
  init_amqp_pool(&pool, 4096);
  amqp_table_t table{};
  std::size_t offset = 0;
  if (amqp_decode_table({bytes.size(), bytes.data()}, &pool, &table, &offset) == AMQP_STATUS_OK) {
    std::string text = "before";
    if (append_table(text, table)) {
      fuzz::require(text.starts_with("before{"), "behind what stands there");
      const auto read = reader.read(std::string_view(text).substr(6));
      fuzz::require(read && read->is_object(), "a JSON object");
      fuzz::require(table.num_entries == 0 || read->get_object().value_unsafe().size() > 0,
                    "with members");
    }
  }
  empty_amqp_pool(&pool);
  return 0;
}
