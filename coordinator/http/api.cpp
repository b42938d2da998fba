#include "coordinator/http/api.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/http/streams.hpp"
#include "coordinator/store/logs.hpp"
#include "shared/json/api_json.hpp"
#include "shared/json/history_json.hpp"

namespace farm::coordinator {
namespace {

constexpr const char* kJson = "application/json";
constexpr std::size_t kOpenBuildsNamed = 100;
constexpr Fence kOneLog{1};  // as coordinator/app/job_logs.hpp keeps them: all attempts of a job are one text

http::Answer json(std::string body) { return {200, kJson, std::move(body), {{"Cache-Control", "no-store"}}, nullptr}; }

http::Answer events(http::Producer stream) {
  return {200, "text/event-stream", "", {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}, std::move(stream)};
}

http::Answer nothing_more() { return {204, "", "", {}, nullptr}; }

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput: return 400;
    case ErrorKind::NotFound: return 404;
    case ErrorKind::Denied: return 403;
    case ErrorKind::Conflict: return 409;
    case ErrorKind::Unavailable:
    case ErrorKind::Overloaded:
    case ErrorKind::Timeout: return 503;
    default: return 500;
  }
}

int exit_status_of(ErrorKind kind) {
  constexpr int kBadInput = 2;
  constexpr int kUnreachable = 3;
  constexpr int kFault = 4;
  if (is_retryable(kind)) return kUnreachable;
  return kind == ErrorKind::InvalidInput || kind == ErrorKind::NotFound || kind == ErrorKind::Denied ? kBadInput : kFault;
}

// A job by its own name or by a service's. Error: NotFound, with what there is.
Result<const JobStatus*> find_job(const BuildStatus& status, const std::string& name) {
  std::string job_name = name;
  for (const ServiceStatus& service : status.services) {
    if (service.service == name) job_name = service.job;
  }
  const auto found = std::find_if(status.jobs.begin(), status.jobs.end(), [&](const JobStatus& job) { return job.name == job_name; });
  if (found != status.jobs.end()) return &*found;
  std::string names;
  for (const JobStatus& known : status.jobs) names += (names.empty() ? "" : ", ") + known.name;
  return Error{ErrorKind::NotFound,
               "build " + to_string(status.id) + " has no job or service '" + name + "'; it has: " + names.substr(0, 2'000)};
}

}  // namespace

http::Answer error_answer(int status, const Error& error) {
  http::Answer answer = json(api::error_json(error, exit_status_of(error.kind)));
  answer.status = status;
  return answer;
}
http::Answer error_answer(const Error& error) { return error_answer(status_of(error.kind), error); }

Result<Viewer> Api::viewer_of(const http::Request& request) const {
  if (!about_.read_needs_token || request.path == std::string(kApiRoot) + "openapi.yaml") return Viewer();
  const std::uint64_t book = callers_.book();  // first: a book that comes meanwhile ends what this one grants
  Result<net::KeyOwner> caller = callers_.caller(request.authorization);
  if (!caller) return caller.error();
  return Viewer(*std::move(caller), book);
}

http::Answer Api::answer(const http::Request& request) {
  Result<Viewer> viewer = viewer_of(request);
  if (!viewer) return who_are_you(viewer.error());
  const Result<Question> question = read_question(request);
  if (!question) return error_answer(question.error());
  const Asking by{request, *std::move(viewer)};
  Result<http::Answer> answer = std::visit([&](const auto& asked) { return on(asked, by); }, *question);
  return answer ? std::move(*answer) : error_answer(answer.error());
}

Result<BuildShot> Api::find(BuildId id, const Viewer& viewer) {
  Result<BuildShot> build = id ? history_.build(id) : history_.newest(viewer);
  if (build && !viewer.sees((*build)->project))
    return Error{ErrorKind::Denied, "build " + to_string(id) + " is of a project that this token is not for"};
  return build;
}

Result<api::FarmFacts> Api::farm_facts(const Viewer& viewer) {
  const Result<BuildTotals> totals = history_.totals();
  if (!totals) return totals.error();
  const std::shared_ptr<const FleetShot> fleet = board_.fleet();
  api::FarmFacts facts;
  facts.version = about_.version;
  facts.started_ms = about_.started.ms;
  facts.registry = about_.registry;
  facts.problems = health_.problems(clock_());
  for (const store::Damage::Sum& sum : store_.damage().sums()) {
    facts.problems.push_back("store: " + std::to_string(sum.records) + " of the records \"" + std::string(to_string(sum.kind)) +
                             "\" can't be read and are left out of lists and figures; the first: " + sum.example);
  }
  facts.builds = totals->by_state;
  for (const BuildShot& build : board_.open_builds()) {
    if (facts.open_builds.size() < kOpenBuildsNamed && viewer.sees(build->project)) facts.open_builds.push_back(build->id.value);
  }
  for (const FleetShot::Agent& agent : fleet->agents) {
    ++facts.agents[agent.status.state];
    if (agent.status.state == "lost") continue;
    facts.slots += agent.status.slots;
    facts.busy += agent.status.busy;
  }
  facts.queued_jobs = fleet->queued_jobs;
  facts.running_jobs = fleet->running_jobs;
  facts.queue_oldest_ms = fleet->queue_oldest_ms;
  return facts;
}

void Api::keep_seen(api::AgentView& agent, const Viewer& viewer) const {
  std::erase_if(agent.assignments, [&](const api::Assignment& assignment) {
    const BuildShot build = board_.build(assignment.build);
    return !build || !viewer.sees(build->project);
  });
  std::erase_if(agent.holds, [&](const api::HeldResult& held) { return !viewer.sees(held.project); });
  agent.status.running.clear();
  for (const api::Assignment& assignment : agent.assignments) agent.status.running.push_back(assignment.job);
}

std::vector<api::AgentView> Api::agents(const Viewer& viewer) {
  std::vector<api::AgentView> views;
  for (const FleetShot::Agent& agent : board_.fleet()->agents) {
    api::AgentView view{agent.status, agent.assignments, {}, agent.holds_total};
    for (const Digest& key : agent.holds) view.holds.push_back(cache_.result(key));
    if (!viewer.sees_all()) keep_seen(view, viewer);
    views.push_back(std::move(view));
  }
  return views;
}

Result<api::LogPart> Api::log_part(BuildId build, const std::string& name, std::uint64_t offset, std::size_t limit) {
  const Result<BuildShot> shot = history_.build(build);
  if (!shot) return shot.error();
  const Result<const JobStatus*> found = find_job(**shot, name);
  if (!found) return found.error().with("reading a log");
  const JobStatus* job = *found;
  // Pieces are stored before the board shows the job's end, so a log that is empty here has ended.
  const bool over = is_final(job->state) || is_final((*shot)->state);
  api::LogPart part{(*shot)->id, job->name, offset, offset, over, ""};
  if (!job->id) return part;
  Result<store::LogText> text = store::read_log(store_, job->id, kOneLog, offset, limit);
  if (!text) return text.error();
  if (text->bytes.empty()) return part;
  const std::size_t tail = api::unfinished_tail(text->bytes);
  if (tail == text->bytes.size() && !over) return part;  // the rest of the character comes
  part.offset = text->offset;
  part.bytes = std::move(text->bytes);
  if (tail < part.bytes.size()) part.bytes.resize(part.bytes.size() - tail);
  part.next_offset = part.offset + part.bytes.size();
  part.ended = false;
  return part;
}

Result<http::Answer> Api::on(const ask::Farm&, const Asking& by) {
  const Result<api::FarmFacts> facts = farm_facts(by.viewer);
  if (!facts) return facts.error();
  return json(api::farm_json(*facts, clock_()));
}

Result<http::Answer> Api::on(const ask::Projects&, const Asking& by) {
  Result<BuildTotals> totals = history_.totals();
  if (!totals) return totals.error();
  const auto contents = cache_.contents(clock_());
  if (!contents) return contents.error();
  for (const auto& [name, sum] : (*contents)->projects) {
    api::ProjectView& project = totals->projects[name];
    project.name = name;
    project.results = sum.results;
    project.result_bytes = sum.bytes;
  }
  std::vector<api::ProjectView> projects;
  for (auto& [name, project] : totals->projects) {
    if (by.viewer.sees(name)) projects.push_back(std::move(project));
  }
  return json(api::projects_json(projects));
}

Result<http::Answer> Api::on(const ask::Agents&, const Asking& by) { return json(api::agents_json(agents(by.viewer))); }

Result<http::Answer> Api::on(const ask::Description&, const Asking&) {
  return http::Answer{200, "application/yaml", kOpenApi, {{"Cache-Control", "no-cache"}}, nullptr};
}

Result<http::Answer> Api::on(const ask::Caller&, const Asking& by) {
  const Result<net::KeyOwner> caller = callers_.caller(by.request.authorization);
  if (!caller) return who_are_you(caller.error());
  return json(api::caller_json(caller->name, net::to_string(caller->role), caller->projects));
}

Result<http::Answer> Api::on(const ask::Builds& asked, const Asking& by) {
  const Result<api::BuildPage> page = history_.page(asked.filter, by.viewer);
  if (!page) return page.error();
  return json(api::builds_json(*page));
}

Result<http::Answer> Api::on(const ask::Cache& asked, const Asking& by) {
  const Result<BuildTotals> totals = history_.totals();
  if (!totals) return totals.error();
  const auto contents = cache_.contents(clock_());
  if (!contents) return contents.error();
  api::CacheView view;
  view.counted_builds = totals->builds;
  view.complete = (*contents)->complete;
  for (std::size_t i = 0; i < api::kJobKinds; ++i) {
    view.kinds.at(i) = {(*contents)->kinds.at(i).results, (*contents)->kinds.at(i).bytes, totals->hits.at(i)};
  }
  view.slices = (*contents)->slices;
  view.slice_bytes = (*contents)->slice_bytes;
  for (const api::ResultRow& row : (*contents)->rows) {
    if (view.newest.size() >= asked.limit) break;
    if (by.viewer.sees(row.project) && (asked.project.empty() || row.project == asked.project)) view.newest.push_back(row);
  }
  return json(api::cache_json(view));
}

Result<http::Answer> Api::on(const ask::Build& asked, const Asking& by) {
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  return json(api::build_json(**build));
}

Result<http::Answer> Api::on(const ask::Graph& asked, const Asking& by) {
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  return json(api::graph_json(**build));
}

Result<http::Answer> Api::on(const ask::Explanation& asked, const Asking& by) {
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  const Result<const JobStatus*> job = find_job(**build, asked.job);
  if (!job) return job.error().with("explaining");
  history::ExplainedJob explained = explain_(**build, **job);
  // What no record tells: the scheduler's word on agents, as the loop showed it last.
  const std::shared_ptr<const FleetShot> fleet = board_.fleet();
  const auto waits = (*job)->state == JobState::Waiting ? fleet->waiting.find((*job)->id) : fleet->waiting.end();
  if (waits != fleet->waiting.end()) explained.told.agents = waits->second;
  return json(render_explain_json(explained));
}

Result<http::Answer> Api::on(const ask::Log& asked, const Asking& by) {
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  Result<api::LogPart> part = log_part((*build)->id, asked.job, asked.offset, asked.limit);
  if (!part) return part.error();
  if (!asked.as_text) return json(api::log_json(*part));
  return http::Answer{200,
                      "text/plain; charset=utf-8",
                      std::move(part->bytes),
                      {{"Cache-Control", "no-store"},
                       {"Farm-Next-Offset", std::to_string(part->next_offset)},
                       {"Farm-Ended", part->ended ? "true" : "false"}},
                      nullptr};
}

Result<http::Answer> Api::on(const ask::FarmEvents&, const Asking& by) { return events(farm_stream(*this, by.viewer)); }

Result<http::Answer> Api::on(const ask::BuildEvents& asked, const Asking& by) {
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  if (is_final((*build)->state) && by.request.last_event_id == std::to_string((*build)->version)) return nothing_more();
  return events(build_stream(*this, by.viewer, (*build)->id));
}

Result<http::Answer> Api::on(const ask::LogEvents& asked, const Asking& by) {
  const std::optional<std::uint64_t> resumed = offset_of(by.request.last_event_id);
  const std::uint64_t offset = resumed.value_or(asked.offset);
  const Result<BuildShot> build = find(asked.build, by.viewer);
  if (!build) return build.error();
  const Result<api::LogPart> first = log_part((*build)->id, asked.job, offset, 1);
  if (!first) return first.error();
  if (resumed && first->ended) return nothing_more();
  return events(log_stream(*this, by.viewer, first->build, first->job, offset));
}

}  // namespace farm::coordinator
