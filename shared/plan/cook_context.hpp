// Purpose: what the stages up to the cook take from the build context. The farm cooks from a skeleton (manifests and stubs), and takes the
// sources out of the layer again: this says what must be added to the skeleton, and where the Dockerfile doesn't allow it at all.
// Internal to shared/plan.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "shared/plan/context_slices.hpp"
#include "shared/plan/rust_group.hpp"

namespace farm::plan {

// Where a source of a COPY or bind mount stands to the sources of one crate. `Around`: it is the crate's folder or holds it.
enum class CopyTouch { None, Around, Inside };
CopyTouch touch_of(const std::string& source, const std::string& crate_folder);

// Files of the context that the stages copy (or mount) beside cargo's: they are put into the cook's context, and into its key. `known`: the
// paths that the skeleton has.
std::vector<SliceFile> files_before_cook(const Dockerfile& dockerfile, const ResolvedStages& chain, const ContextSlices& slices,
                                         const std::set<std::string>& known);

// Why a skeleton can't stand for the context, with file:line: a RUN besides cargo chef that sees the sources, or sources that are copied
// before the cook and not again behind it. "" where nothing forbids it.
std::string skeleton_refusal(const ImageGroup& group, const ImageUnit& unit, const ContextSlices& slices, const Workspace& workspace);

// The args that all members have alike.
std::map<std::string, std::string> common_args(const ImageGroup& group, const ImageUnit& unit);

}  // namespace farm::plan
