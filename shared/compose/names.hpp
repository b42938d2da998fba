// Purpose: internal to shared/compose: names of projects and services.
#pragma once

#include <string>

namespace farm::compose {

// What compose makes of a folder's name or of `name:`: lower case, only letters, digits, '-' and '_', not beginning with '-' or '_'. May be
// "".
std::string normalise_project_name(const std::string& text);

// Letters, digits, '.', '-' and '_', at most 255 bytes.
bool is_service_name(const std::string& text);

}  // namespace farm::compose
