/// A target with a planted bug, so that a test can see that the replaying main notices one.
#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::fuzz::input in(data, size);
  freshet::fuzz::require(in.rest().find("bu\xf7") == std::string_view::npos, "no bug in sight");
  return 0;
}
