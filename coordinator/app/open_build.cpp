#include "coordinator/app/open_build.hpp"

#include <algorithm>
#include <utility>

namespace farm::coordinator {

const BuildJob* OpenBuild::job(std::string_view name) const {
  const auto found = std::find_if(jobs.begin(), jobs.end(), [name](const BuildJob& job) { return job.name == name; });
  return found == jobs.end() ? nullptr : &*found;
}

BuildJob* OpenBuild::job_of(JobId wanted) {
  const auto found = std::find_if(jobs.begin(), jobs.end(), [wanted](const BuildJob& job) { return job.id == wanted; });
  return found == jobs.end() ? nullptr : &*found;
}

bool OpenBuild::settled() const {
  return std::all_of(services.begin(), services.end(), [](const BuildService& service) {
    return std::none_of(service.moves.begin(), service.moves.end(), [](const auto& move) { return move.second == Move::Asked; });
  });
}

OpenBuild& BuildBook::add(OpenBuild build) {
  tokens_[build.submission.token] = build.id;
  const BuildId id = build.id;
  return builds_.insert_or_assign(id, std::move(build)).first->second;
}

void BuildBook::remove(BuildId id) {
  const auto found = builds_.find(id);
  if (found == builds_.end()) return;
  tokens_.erase(found->second.submission.token);
  builds_.erase(found);
}

OpenBuild* BuildBook::find(BuildId id) {
  const auto found = builds_.find(id);
  return found == builds_.end() ? nullptr : &found->second;
}

OpenBuild* BuildBook::by_token(const std::string& token) {
  const auto found = tokens_.find(token);
  return found == tokens_.end() ? nullptr : find(found->second);
}

std::vector<BuildId> superseded_by(BuildBook& book, const OpenBuild& build) {
  std::vector<BuildId> older;
  const std::string& key = build.submission.options.supersede;
  for (const auto& [id, other] : book.all()) {
    if (id >= build.id) break;  // sorted: from here on they are newer
    const bool same = !key.empty() && other.submission.options.supersede == key;
    if (same && !other.ended && other.submission.plan.project == build.submission.plan.project) older.push_back(id);
  }
  return older;
}

Published split_reference(const std::string& reference) {
  const std::size_t slash = reference.rfind('/');
  const std::size_t colon = reference.find(':', slash == std::string::npos ? 0 : slash);
  if (colon == std::string::npos) return {reference, "latest"};
  return {reference.substr(0, colon), reference.substr(colon + 1)};
}

std::vector<std::string> references_of(const ServicePlan& service) {
  std::vector<std::string> references;
  const auto add = [&references](const std::string& text) {
    const Published published = split_reference(text);
    references.push_back(published.repository + ":" + published.tag);
  };
  add(service.image);
  for (const std::string& tag : service.tags) add(tag);
  return references;
}

std::vector<BuildService> services_of(const Plan& plan) {
  std::vector<BuildService> services;
  for (const ServicePlan& planned : plan.services) {
    BuildService service{planned.service, plan.jobs[planned.job].name, references_of(planned).front(), {}, ""};
    for (const std::string& reference : references_of(planned)) service.moves[reference] = Move::Waiting;
    services.push_back(std::move(service));
  }
  return services;
}

}  // namespace farm::coordinator
