// Purpose: one registry client per address, made when it is first needed. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "shared/oci/registry_client.hpp"

namespace farm::agent {

class RegistryPool {
 public:
  oci::RegistryClient& at(const std::string& address, bool insecure) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<oci::RegistryClient>& client = clients_[{address, insecure}];
    if (client == nullptr) {
      oci::RegistryOptions options;
      if (insecure) options.hosts.insecure.insert(address);
      client = std::make_unique<oci::RegistryClient>(address, options);
    }
    return *client;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, bool>, std::unique_ptr<oci::RegistryClient>> clients_;
};

}  // namespace farm::agent
