#include "coordinator/http/host_check.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace farm::coordinator {
namespace {

constexpr std::size_t kNameBytesMax = 253;  // of a DNS name
constexpr std::size_t kShownMax = 300;

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (made.ends_with('.')) made.pop_back();
  return made;
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The name of "name[:port]", lower case; empty: it is none.
std::string name_of(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : authority.find(':', bracket);
  if (colon != std::string_view::npos && !is_digits(authority.substr(colon + 1))) return "";
  const std::string_view name = authority.substr(0, colon);
  return name.size() > kNameBytesMax ? "" : lower(name);
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (name.starts_with('[') && name.ends_with(']')) return inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), bytes.data()) == 1;
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1;
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return lower(origin.substr(scheme.size()));
  }
  return "";
}

}  // namespace

HostCheck::HostCheck(const std::vector<std::string>& own, const std::vector<std::string>& listed) {
  for (const std::string& name : own) own_.push_back(lower(name));
  for (const std::string& name : listed) listed_.push_back(lower(name));
}

Result<void> HostCheck::host(std::string_view host) const {
  if (host.empty()) return {};
  const std::string name = name_of(host);
  if (!name.empty() && (is_address(name) || name == "localhost" || is_in(own_, name) || is_in(listed_, name))) return {};
  return Error{ErrorKind::Denied, "this coordinator is not known as '" + std::string(host.substr(0, kShownMax)) +
                                      "', so a page of another site may be behind the request; ask by address, or list the name in "
                                      "`http_hosts` of the coordinator's configuration"};
}

Result<void> HostCheck::origin(std::string_view origin, std::string_view host) const {
  if (origin.empty()) return {};
  const std::string authority = authority_of(origin);
  if (!authority.empty() && (authority == lower(host) || is_in(listed_, name_of(authority)))) return {};
  return Error{ErrorKind::Denied, "a page of '" + std::string(origin.substr(0, kShownMax)) +
                                      "' may change nothing here; behind a proxy, list its name in `http_hosts` of the coordinator's "
                                      "configuration"};
}

std::vector<std::string> names_of_this_machine() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == '\0') return {};
  const std::string name(buffer.data());
  return {name, name.substr(0, name.find('.'))};
}

}  // namespace farm::coordinator
