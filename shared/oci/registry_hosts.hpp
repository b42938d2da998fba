// Purpose: where registries really are: mirrors, and which may be spoken to without TLS.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace farm::oci {

struct RegistryHosts {
  // registry → addresses asked before it, in order: {"docker.io": ["127.0.0.1:5000"]}. A mirror holds the same
  // repository names.
  std::map<std::string, std::vector<std::string>> mirrors;
  // Addresses (host or host:port) to which plain http is used. Loopback addresses need no entry.
  std::set<std::string> insecure;

  // The addresses to ask for an image of `registry`, mirrors first.
  [[nodiscard]] std::vector<std::string> addresses_of(const std::string& registry) const;
};

// localhost, 127.0.0.0/8 or [::1], with or without a port.
bool is_loopback(const std::string& address);

}  // namespace farm::oci
