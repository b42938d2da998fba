// Purpose: whom a browser believes to talk to. A page of any site can make its own name point at this address (DNS rebinding) and then read
// what is here as its own; its requests carry that name in Host. So a request passes only where Host is an address, localhost, this
// machine's name or one that the configuration lists. Immutable, for any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::coordinator {

class HostCheck {
 public:
  // `own`: names that are this machine's anyway; `listed`: http_hosts.
  HostCheck(const std::vector<std::string>& own, const std::vector<std::string>& listed);

  // `host`: the header, "name", "name:port", "1.2.3.4:port", "[::1]:port". Empty passes: every browser sends it. Error: Denied, naming the
  // key of the configuration.
  [[nodiscard]] Result<void> host(std::string_view host) const;
  // May a page of `origin` ("http://name:port"; empty: not said, so no browser of these days) change something here? Where it is this
  // server's own page, or that of a listed name (a proxy in front may have changed Host). Error: Denied.
  [[nodiscard]] Result<void> origin(std::string_view origin, std::string_view host) const;

 private:
  std::vector<std::string> own_;
  std::vector<std::string> listed_;
};

// As the kernel knows it, and without its domain. Empty where it has none.
std::vector<std::string> names_of_this_machine();

}  // namespace farm::coordinator
