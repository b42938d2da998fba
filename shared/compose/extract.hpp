// Purpose: internal to shared/compose: a merged service in canonical form → the values of project.hpp.
#pragma once

#include <string>

#include "shared/compose/loader.hpp"
#include "shared/compose/project.hpp"

namespace farm::compose {

// What a service is read against.
struct ExtractContext {
  const Paths& paths;
  const Scope& scope;  // the project's folder and variables
  const Node& secrets;
};

Service extract_service(const std::string& name, const Node& node, const ExtractContext& context, Report& report);
BuildSpec extract_build(const std::string& service, const Node& build, const ExtractContext& context, Report& report);

// Small readers of canonical fields. Absent fields give "", {} or the default.
std::string text_at(const Node& map, const std::string& key);
std::vector<std::string> list_at(const Node& map, const std::string& key);
std::vector<std::string> unique_list_at(const Node& map, const std::string& key);  // the first of equal ones stays
std::map<std::string, std::string> mapping_at(const Node& map, const std::string& key);
bool bool_at(const Node& map, const std::string& key, const std::string& where, Report& report);

}  // namespace farm::compose
