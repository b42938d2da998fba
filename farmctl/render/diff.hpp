// Purpose: the difference of two texts as `diff -u` prints it. Pure.
#pragma once

#include <string>

namespace farm::ctl {

// "" for equal texts. `old_name` and `new_name` stand behind --- and +++; an empty old text is a new file. Texts of which the lines that
// differ are more than some thousands are shown as one change of all of them.
std::string unified_diff(const std::string& old_name, const std::string& old_text, const std::string& new_name,
                         const std::string& new_text);

}  // namespace farm::ctl
