// Purpose: the verbs that look at builds that were: explain, report.
#pragma once

#include <cstdint>
#include <string>

#include "farmctl/commands/commands.hpp"
#include "farmctl/render/history_view.hpp"

namespace farm::ctl {

struct ExplainCommand {
  std::string job;          // a service's or a job's name, or a part of one
  std::uint64_t build = 0;  // 0: the newest of the project
  std::string project;      // empty: the one in this folder, else that of the newest build
  Output output = Output::Text;
};
ExitCode run_explain(const GlobalOptions& global, const ExplainCommand& command);

struct ReportCommand {
  std::string project;      // as above
  std::uint32_t last = 50;  // builds looked at
  std::uint64_t build = 0;  // for the counterfactual; 0: the newest
  ReportFormat format = ReportFormat::Text;
};
ExitCode run_report(const GlobalOptions& global, const ReportCommand& command);

}  // namespace farm::ctl
