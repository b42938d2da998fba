// Purpose: what the planner asks a resolved Dockerfile: canonical text for keys, base images, sources that are copied from the context.
// Internal to shared/plan.
#pragma once

#include <string>
#include <vector>

#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"
#include "shared/model/job.hpp"

namespace farm::plan {

// A digest of everything in the target's stages that can change the result: instructions, flags, heredocs, expanded words, ARG and ENV
// values that a RUN sees. Comments, blank lines and stages that aren't needed don't count.
Digest chain_digest(const Dockerfile& dockerfile, const ResolvedStages& resolved);

// The external images that the stages name, each once, without those that `replaced` names (by context name).
std::vector<BaseImage> base_images(const ResolvedStages& resolved, const std::map<std::string, std::size_t>& replaced,
                                   std::vector<Diagnostic>& diagnostics, const Dockerfile& dockerfile);

// COPY and ADD from the build context, and RUN --mount=type=bind of it.
struct ContextCopy {
  std::size_t stage = 0;  // index into Dockerfile::stages
  std::size_t instruction = 0;
  std::vector<std::string> sources;  // relative to the context, normalised; "" is the whole of it; wildcards as written
  std::string destination;           // absolute
  bool mount = false;                // seen by its RUN only
};
std::vector<ContextCopy> context_copies(const Dockerfile& dockerfile, const ResolvedStages& resolved);

// ADDs of a URL without --checksum: farm can't see that what is behind it changed. One note each.
void note_unpinned_downloads(const Dockerfile& dockerfile, const ResolvedStages& resolved, std::vector<Diagnostic>& diagnostics);

// The part of a path before its first wildcard, up to a '/'. The path itself where it has none.
std::string literal_part(const std::string& pattern);

}  // namespace farm::plan
