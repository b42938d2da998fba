// Purpose: the WWW-Authenticate header as a value (RFC 7235). Pure. Used by authorizer.cpp only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace farm::oci {

struct Challenge {
  std::string scheme;                         // lower-case: "basic", "bearer"
  std::map<std::string, std::string> params;  // names in lower case
};

// All challenges of a header; what can't be read ends the list. At most 16 challenges with 32 parameters each.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace farm::oci
