// Purpose: internal to shared/compose: brings a service as written into one form, so that merging and reading know one shape:
// short forms become long ones, "A=1" lists become mappings, keys that only concern running are dropped. Types are checked here.
//
// The form of a service: image, platform: scalars · profiles: list · depends_on: mapping name → mapping (links, volumes_from and "service:"
// modes are folded in) · build: see canonical_build · extends: {service, file} · x-farm: mapping. Absent and null are the same, and absent
// in the answer.
#pragma once

#include <string>

#include "shared/compose/node.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

Node canonical_service(const Node& service, const std::string& name, Report& report);

// build: context, dockerfile, dockerfile_inline, target, network, isolation, shm_size, no_cache, pull, privileged, provenance, sbom:
// scalars · args, labels, additional_contexts, ssh: mappings (a value may be null in args and ssh) · tags, platforms, cache_from, cache_to,
// entitlements, extra_hosts: lists · secrets: list of {source, target} · ulimits: as written.
Node canonical_build(const Node& build, const std::string& where, Report& report);

// Top-level `secrets:`: name → {file, environment, external}.
Node canonical_secrets(const Node& secrets, Report& report);

// Shared by the functions above. Each answers false, and reports, where the value has another type.
class Reader {
 public:
  // `where` begins each message: `service "api"`.
  Reader(std::string where, Report& report) : where_(std::move(where)), report_(report) {}

  // Copies the field under its key into `into`, in canonical form, if it is there.
  void scalar(const Node& from, const std::string& key, Node& into);
  void list(const Node& from, const std::string& key, Node& into, bool single_allowed = false);
  // "A=1" lists or mappings of scalars. `null_allowed`: keep entries without value.
  void mapping(const Node& from, const std::string& key, Node& into, bool null_allowed);

  // The text of a scalar, as compose hands it on; numbers and booleans only where allowed.
  bool text_of(const Node& value, const std::string& key, bool number_allowed, std::string& text);
  void wrong_type(const Node& value, const std::string& key, const std::string& wanted);
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] Report& report() const { return report_; }

  // True where the field is there and has a value. A `!reset` field is handed over as it is, and false.
  static const Node* present(const Node& from, const std::string& key, Node& into);

 private:
  std::string where_;
  Report& report_;
};

}  // namespace farm::compose
