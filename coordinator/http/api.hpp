// Purpose: the coordinator's JSON API and its event streams (docs/openapi.yaml), read-only. Looks at the board and the store only, never at
// the loop's state; all members may be called from any thread. Answers are bounded by the limits in routes.hpp, history.hpp and
// cache_contents.hpp. Failures are answers: farm.error.v1 with the HTTP status of their kind.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coordinator/http/board.hpp"
#include "coordinator/http/cache_contents.hpp"
#include "coordinator/http/callers.hpp"
#include "coordinator/http/history.hpp"
#include "coordinator/http/routes.hpp"
#include "coordinator/http/status_server.hpp"
#include "coordinator/http/viewer.hpp"
#include "shared/history/explained.hpp"
#include "shared/http/server.hpp"

namespace farm::coordinator {

constexpr std::uint32_t kApiStreamsMax = 64;
constexpr Millis kStreamHeartbeat{10'000};
constexpr Millis kStreamWait{500};  // for news, in one turn of a stream

class Api {
 public:
  struct About {
    std::string version;
    std::string registry;  // as clients reach it
    Instant started;
    bool read_needs_token = false;
  };
  // A request that was let in, and for whose eyes the answer is.
  struct Asking {
    const http::Request& request;
    Viewer viewer;
  };
  // Why a job of a build ran, from the store alone; called on HTTP threads.
  using Explain = std::function<history::ExplainedJob(const BuildStatus& build, const JobStatus& job)>;
  // All outlive the Api, and the Api its server.
  Api(const store::Store& store, const Board& board, const Health& health, const Callers& callers, Instant (*clock)(), About about,
      Explain explain)
      : store_(store),
        board_(board),
        health_(health),
        callers_(callers),
        clock_(clock),
        about_(std::move(about)),
        explain_(std::move(explain)),
        history_(store, board),
        cache_(store, board) {}

  http::Answer answer(const http::Request& request);

  // ---- what streams look at
  [[nodiscard]] const Board& board() const { return board_; }
  [[nodiscard]] History& history() { return history_; }
  [[nodiscard]] Instant now() const { return clock_(); }
  Result<api::FarmFacts> farm_facts(const Viewer& viewer = {});
  std::vector<api::AgentView> agents(const Viewer& viewer = {});
  // Not where the key book was read again since: perhaps without that token.
  [[nodiscard]] bool is_still(const Viewer& viewer) const { return viewer.book() == 0 || viewer.book() == callers_.book(); }
  // About `limit` bytes of a job's log. Whole UTF-8 characters, as long as more may come.
  Result<api::LogPart> log_part(BuildId build, const std::string& job, std::uint64_t offset, std::size_t limit);

 private:
  Result<http::Answer> on(const ask::Farm&, const Asking& by);
  Result<http::Answer> on(const ask::Projects&, const Asking& by);
  Result<http::Answer> on(const ask::Agents&, const Asking& by);
  Result<http::Answer> on(const ask::Description&, const Asking& by);
  Result<http::Answer> on(const ask::Caller&, const Asking& by);
  Result<http::Answer> on(const ask::FarmEvents&, const Asking& by);
  Result<http::Answer> on(const ask::Builds& asked, const Asking& by);
  Result<http::Answer> on(const ask::Cache& asked, const Asking& by);
  Result<http::Answer> on(const ask::Build& asked, const Asking& by);
  Result<http::Answer> on(const ask::Graph& asked, const Asking& by);
  Result<http::Answer> on(const ask::BuildEvents& asked, const Asking& by);
  Result<http::Answer> on(const ask::Explanation& asked, const Asking& by);
  Result<http::Answer> on(const ask::Log& asked, const Asking& by);
  Result<http::Answer> on(const ask::LogEvents& asked, const Asking& by);
  // Error: NotFound, Denied.
  Result<BuildShot> find(BuildId id, const Viewer& viewer);
  void keep_seen(api::AgentView& agent, const Viewer& viewer) const;
  [[nodiscard]] Result<Viewer> viewer_of(const http::Request& request) const;

  const store::Store& store_;
  const Board& board_;
  const Health& health_;
  const Callers& callers_;
  Instant (*const clock_)();
  const About about_;
  const Explain explain_;
  History history_;
  CacheReader cache_;
};

// farm.error.v1 with its HTTP status.
http::Answer error_answer(const Error& error);
http::Answer error_answer(int status, const Error& error);

// docs/openapi.yaml, as it was at compile time.
extern const char* const kOpenApi;

}  // namespace farm::coordinator
