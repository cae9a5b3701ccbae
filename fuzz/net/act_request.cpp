/// The body of an admin act: what is taken has the members that the act has, and nothing was
/// guessed.
#include "net/api/admin/act_request.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  fuzz::input in(data, size);
  const auto type = in.line();
  const auto body = in.rest();
  require(!api::is_json(type) || type.size() >= 16, "JSON is called so");
  static json::reader reader(1 << 20);
  for (const auto shape :
       {api::act_shape::nothing, api::act_shape::pattern, api::act_shape::pattern_or_dry_run}) {
    const auto act = api::read_act(body, shape);
    if (!act) {
      require(!act.error().detail.empty(), "a refusal says why");
      continue;
    }
    const bool wants = shape != api::act_shape::nothing;
    require(act->pattern.empty() != wants, "a pattern when there is one to name");
    require(!act->dry_run || shape == api::act_shape::pattern_or_dry_run, "dry_run where it is");
    if (body.empty()) continue;
    const auto root = reader.read(body);
    require(root && root->is_object(), "an object");
    bool dry = false;
    (void)(*root)["dry_run"].get(dry);
    require(act->dry_run == dry, "dry_run is what was asked for");
    require(root->get_object().value().size() == (wants ? 1u : 0u) + (!(*root)["dry_run"].error()),
            "no member is passed over");
  }
  return 0;
}
