#include "coordinator/http/routes.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace farm::coordinator {
namespace {

constexpr std::uint64_t kNumberMax = 1ULL << 53U;  // what JSON's readers hold exactly

Error bad(const std::string& text) { return {ErrorKind::InvalidInput, text}; }

// The query's words, each at most once taken; what is left over is a mistake.
class Query {
 public:
  explicit Query(const std::map<std::string, std::string>& words) : words_(words) {}

  std::string text(const std::string& name) {
    const auto found = words_.find(name);
    if (found == words_.end()) return "";
    const std::string value = found->second;
    words_.erase(found);
    if (value.size() > kWordBytesMax) fail(name + " is longer than " + std::to_string(kWordBytesMax) + " bytes");
    return value;
  }

  std::uint64_t number(const std::string& name, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) {
    if (!words_.contains(name)) return fallback;
    const std::string value = text(name);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least || number > most) {
      fail(name + " must be a number from " + std::to_string(least) + " to " + std::to_string(most));
      return fallback;
    }
    return number;
  }

  bool one_of_two(const std::string& name, const std::string& usual, const std::string& other) {
    const std::string value = words_.contains(name) ? text(name) : usual;
    if (value != usual && value != other) fail(name + " must be " + usual + " or " + other);
    return value == other;
  }

  void fail(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }

  Result<Question> finish(Question question) {
    if (!words_.empty()) fail("there is no parameter '" + words_.begin()->first.substr(0, kWordBytesMax) + "' here");
    if (!problem_.empty()) return bad(problem_);
    return question;
  }

 private:
  std::map<std::string, std::string> words_;
  std::string problem_;
};

std::optional<std::set<BuildState>> states_of(Query& query) {
  const std::string text = query.text("state");
  if (text.empty()) return std::nullopt;
  std::set<BuildState> states;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    bool known = false;
    for (std::size_t i = 0; i < api::kBuildStates; ++i) {
      if (to_string(static_cast<BuildState>(i)) != word) continue;
      states.insert(static_cast<BuildState>(i));
      known = true;
    }
    if (!known) query.fail("state: there is no state '" + word + "'; take waiting-for-slices, running, succeeded, failed or cancelled");
  }
  return states;
}

bool take_end(std::string& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.resize(text.size() - end.size());
  return true;
}

Result<Question> about_job(BuildId build, std::string job, const std::string& path, Query& query) {
  const bool explanation = take_end(job, "/explanation");
  const bool events = !explanation && take_end(job, "/log/events");
  if ((!explanation && !events && !take_end(job, "/log")) || job.empty()) return Error{ErrorKind::NotFound, "there is no " + path};
  if (job.size() > kWordBytesMax) return bad("the job's name is longer than " + std::to_string(kWordBytesMax) + " bytes");
  if (explanation) return query.finish(ask::Explanation{build, job});
  const std::uint64_t offset = query.number("offset", 0, 0, kNumberMax);
  if (events) return query.finish(ask::LogEvents{build, job, offset});
  const auto limit = static_cast<std::uint32_t>(query.number("limit", kLogLimit, 1, kLogLimitMax));
  return query.finish(ask::Log{build, job, offset, limit, query.one_of_two("format", "json", "text")});
}

Result<Question> about_build(const std::string& rest, const std::string& path, Query& query) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const Result<BuildId> build = read_build(rest.substr(0, slash));
  if (!build) return build.error();
  const std::string what = rest.substr(slash);
  constexpr std::string_view kJobs = "/jobs/";
  if (what.empty()) return query.finish(ask::Build{*build});
  if (what == "/graph") return query.finish(ask::Graph{*build});
  if (what == "/events") return query.finish(ask::BuildEvents{*build});
  if (what.starts_with(kJobs)) return about_job(*build, what.substr(kJobs.size()), path, query);
  return Error{ErrorKind::NotFound, "there is no " + path};
}

}  // namespace

Result<BuildId> read_build(const std::string& word) {
  if (word == "latest") return BuildId{};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number == 0 || number > kNumberMax) {
    return bad("a build is a number or `latest`, not '" + word.substr(0, kWordBytesMax) + "'");
  }
  return BuildId{number};
}

Result<Question> read_question(const http::Request& request) {
  const std::string path = request.path.substr(0, 2 * kWordBytesMax);
  const std::string rest = path.starts_with(kApiRoot) ? path.substr(kApiRoot.size()) : "";
  Query query(request.query);
  if (rest == "farm") return query.finish(ask::Farm{});
  if (rest == "projects") return query.finish(ask::Projects{});
  if (rest == "agents") return query.finish(ask::Agents{});
  if (rest == "caller") return query.finish(ask::Caller{});
  if (rest == "openapi.yaml") return query.finish(ask::Description{});
  if (rest == "events") return query.finish(ask::FarmEvents{});
  const auto limit = [&query](std::uint64_t least) {
    return static_cast<std::uint32_t>(query.number("limit", kListLimit, least, kListLimitMax));
  };
  if (rest == "builds") {
    BuildFilter filter{query.text("project"), states_of(query), limit(1), query.number("before", 0, 0, kNumberMax)};
    return query.finish(ask::Builds{std::move(filter)});
  }
  if (rest == "cache") return query.finish(ask::Cache{query.text("project"), limit(0)});
  constexpr std::string_view kBuilds = "builds/";
  if (rest.starts_with(kBuilds)) return about_build(rest.substr(kBuilds.size()), path, query);
  return Error{ErrorKind::NotFound, "there is no " + path + "; " + std::string(kApiRoot) + "openapi.yaml describes what there is"};
}

}  // namespace farm::coordinator
