// Purpose: what `farmctl submit` leaves for a CI system: a JUnit file, a summary in Markdown, annotations of compiler errors. The texts are
// made in farmctl/render; here are the files, the logs of the failed jobs and the environment.
#pragma once

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/commands/commands.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl {

// Error: InvalidInput where a file of `options` can't be written: said before anything is built.
Result<void> check_ci_files(const CiOptions& options);

// After the end of a build. Reads the logs of its failed jobs (at most 20, each as long as the coordinator keeps it).
Result<void> write_ci_reports(CoordinatorClient& client, const CiOptions& options, const BuildStatus& status, Millis total,
                              const ReadProject& project);

// Instead, where there was no build.
Result<void> write_ci_error(const CiOptions& options, const Error& error);

}  // namespace farm::ctl
