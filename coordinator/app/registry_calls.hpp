// Purpose: carries out one RegistryRequest, blocking. Thread-safe. Errors name the registry's address and what to do.
#pragma once

#include <string>

#include "coordinator/app/erase_guard.hpp"
#include "coordinator/app/registry_upkeep.hpp"
#include "coordinator/app/registry_work.hpp"
#include "shared/config/config.hpp"
#include "shared/oci/resolver.hpp"

namespace farm::coordinator {

class RegistryCalls {
 public:
  explicit RegistryCalls(const config::CoordinatorConfig& config);
  RegistryAnswer perform(const RegistryRequest& request);
  // Long calls end soon.
  void stop() { upkeep_.stop(); }

 private:
  Result<Digest> resolve(const ResolveBase& request);
  Result<bool> check(const CheckResult& request);
  Result<std::optional<protocol::SliceBlob>> find(const FindSlice& request);
  Result<void> verify(const VerifyManifest& request);
  Result<void> move(const MoveTag& request);
  Result<void> copy_here(const MoveTag& request, const oci::Manifest& manifest);
  oci::RegistryClient& farm() { return registries_.at(address_); }

  std::string address_;
  std::string slice_repository_;
  oci::Registries registries_;
  EraseGuard guard_;
  RegistryUpkeep upkeep_{guard_};
};

oci::RegistryOptions registry_options(const config::CoordinatorConfig& config);

}  // namespace farm::coordinator
