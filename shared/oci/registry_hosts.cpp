#include "shared/oci/registry_hosts.hpp"

#include <algorithm>

namespace farm::oci {

std::vector<std::string> RegistryHosts::addresses_of(const std::string& registry) const {
  std::vector<std::string> addresses;
  if (const auto found = mirrors.find(registry); found != mirrors.end()) addresses = found->second;
  if (std::find(addresses.begin(), addresses.end(), registry) == addresses.end()) addresses.push_back(registry);
  return addresses;
}

bool is_loopback(const std::string& address) {
  if (address == "[::1]" || address.starts_with("[::1]:")) return true;
  const std::string host = address.substr(0, address.find(':'));
  if (host == "localhost") return true;
  // 127.0.0.0/8: digits and dots only, so that "127.0.0.1.evil.example" is no loopback address.
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace farm::oci
