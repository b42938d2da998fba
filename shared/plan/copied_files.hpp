// Purpose: which files of a build context the images of a group can see at all: those that some COPY, ADD or bind mount of their stages
// names. A context that several workspaces share then counts only by its parts that are copied. Internal to shared/plan.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "shared/context/slice.hpp"
#include "shared/plan/rust_group.hpp"

namespace farm::plan {

// Files and folders of the context that are copied, patterns by the part before their first wildcard. "" among them is the whole context.
std::set<std::string> copied_places(const ImageGroup& group);

// The files at or below the places. All of them where there is no place or no file at one, and where a place leads through a symbolic link,
// because BuildKit follows it.
std::vector<SliceFile> files_at(const std::vector<SliceFile>& files, const std::set<std::string>& places);

}  // namespace farm::plan
