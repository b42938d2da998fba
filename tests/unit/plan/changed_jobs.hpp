// Purpose: which jobs of a plan have another key after an edit.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/support/project.hpp"

namespace farm::test {

using Names = std::set<std::string>;

inline std::map<std::string, Digest> keys_of(const Planned& planned) {
  std::map<std::string, Digest> keys;
  for (const JobSpec& job : planned.plan().jobs) keys[job.name] = client_key(job);
  return keys;
}

// Jobs that are in both plans with different keys, and jobs that are in one of them only.
inline Names changed_jobs(const Planned& before, const Planned& after) {
  EXPECT_TRUE(before.parsed.ok()) << before.diagnostics();
  EXPECT_TRUE(after.parsed.ok()) << after.diagnostics();
  const std::map<std::string, Digest> old_keys = keys_of(before);
  const std::map<std::string, Digest> new_keys = keys_of(after);
  Names changed;
  for (const auto& [name, key] : old_keys) {
    const auto found = new_keys.find(name);
    if (found == new_keys.end() || found->second != key) changed.insert(name);
  }
  for (const auto& [name, key] : new_keys) {
    if (!old_keys.contains(name)) changed.insert(name);
  }
  return changed;
}

inline Names changed_by(const MemoryTree& before, const MemoryTree& after) { return changed_jobs(plan_of(before), plan_of(after)); }

}  // namespace farm::test
