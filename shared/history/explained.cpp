#include "shared/history/explained.hpp"

#include <set>
#include <utility>

namespace farm::history {
namespace {

class Explaining {
 public:
  Explaining(const AskJob& ask, const SliceLookup& files) : ask_(ask), files_(files) {}

  // A plan's jobs stand on each other in few layers, and each is asked for once: the recursion is as deep as that.
  Result<ExplainedJob> down(const std::string& name) {
    Result<Explanation> told = ask_(name);
    if (!told) return std::move(told).error();
    ExplainedJob job{std::move(*told), {}, {}};
    asked_.insert(job.told.job.name);
    job.reasons = reasons_of(job.told, files_);
    for (const Reason& reason : job.reasons) {
      if (reason.kind != ReasonKind::Upstream || asked_.size() >= kJobsExplainedMax || asked_.contains(reason.subject)) continue;
      Result<ExplainedJob> below = down(reason.subject);
      if (!below || below->told.job.name != reason.subject) continue;
      below->told.steps.clear();
      below->told.steps_left_off = 0;
      job.below.push_back(std::move(*below));
    }
    return job;
  }

 private:
  const AskJob& ask_;
  const SliceLookup& files_;
  std::set<std::string> asked_;
};

}  // namespace

Result<ExplainedJob> explain_down(const std::string& name, const AskJob& ask, const SliceLookup& files) {
  return Explaining(ask, files).down(name);
}

}  // namespace farm::history
