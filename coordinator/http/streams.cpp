#include "coordinator/http/streams.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "coordinator/http/api.hpp"
#include "shared/json/api_json.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kLogPieceMax = 64U << 10U;
constexpr const char* kReconnect = "retry: 2000\n\n";

// What all streams do: a first word, the heartbeat where there is nothing to tell, waiting for news.
class Stream {
 public:
  Stream(Api& api, Viewer viewer) : api_(api), viewer_(std::move(viewer)) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool turn(std::string& out) {
    if (!greeted_) {
      out = kReconnect;
      greeted_ = true;
      seen_ = api_.board().turn();
    } else {
      seen_ = api_.board().wait_for_news(seen_, hurry_ ? Millis{0} : kStreamWait);
    }
    hurry_ = false;
    if (!api_.is_still(viewer_)) return false;  // whoever may still read comes again
    const bool more = tell(out);
    const Instant now = api_.now();
    if (!out.empty()) told_ = now;
    if (out.empty() && now - told_ >= kStreamHeartbeat) {
      out = ": still here\n\n";
      told_ = now;
    }
    return more;
  }

 protected:
  // Adds what is new. False: that was all.
  virtual bool tell(std::string& out) = 0;
  Api& api_;
  const Viewer viewer_;
  bool hurry_ = false;  // there is more to tell already

 private:
  bool greeted_ = false;
  std::uint64_t seen_ = 0;
  Instant told_;
};

class FarmStream final : public Stream {
 public:
  using Stream::Stream;

 private:
  bool tell(std::string& out) override {
    tell_fleet(out);
    const std::uint64_t turn = api_.board().turn();
    std::vector<BuildShot> changed = first_ ? api_.board().open_builds() : api_.board().changed_since(turn_);
    first_ = false;
    turn_ = turn;
    std::erase_if(changed, [this](const BuildShot& build) { return !viewer_.sees(build->project); });
    for (const BuildShot& build : changed) out += event_text("build", "", api::brief_json(api::brief_of(*build)));
    return true;
  }

  void tell_fleet(std::string& out) {
    const std::shared_ptr<const FleetShot> fleet = api_.board().fleet();
    const std::uint64_t ended = api_.board().ended_count();
    if (fleet == fleet_ && ended == ended_) return;
    ended_ = ended;
    if (const Result<api::FarmFacts> facts = api_.farm_facts(viewer_); facts && (first_ || *facts != facts_)) {
      facts_ = *facts;
      out += event_text("farm", "", api::farm_json(*facts, api_.now()));
    }
    if (fleet == fleet_) return;
    fleet_ = fleet;
    std::string agents = api::agents_json(api_.agents(viewer_));
    if (agents == agents_) return;
    agents_ = std::move(agents);
    out += event_text("agents", "", agents_);
  }

  bool first_ = true;
  std::uint64_t turn_ = 0;
  std::uint64_t ended_ = 0;
  std::shared_ptr<const FleetShot> fleet_;
  api::FarmFacts facts_;
  std::string agents_;
};

class BuildStream final : public Stream {
 public:
  BuildStream(Api& api, const Viewer& viewer, BuildId build) : Stream(api, viewer), build_(build) {}

 private:
  bool tell(std::string& out) override {
    const BuildShot open = api_.board().build(build_);
    if (open && open == shown_) return true;
    const Result<BuildShot> build = open ? open : api_.history().build(build_);
    if (!build) return false;  // removed, or the store is away: whoever comes again is told
    // Just after a restart of the coordinator an open build is not on the board yet.
    if (!open && shown_ && (*build)->version == shown_->version) return true;
    shown_ = *build;
    out += event_text("status", std::to_string(shown_->version), api::build_json(*shown_));
    if (!is_final(shown_->state)) return true;
    out += event_text("end", std::to_string(shown_->version), "{}");
    return false;
  }

  const BuildId build_;
  BuildShot shown_;
};

class LogStream final : public Stream {
 public:
  LogStream(Api& api, const Viewer& viewer, BuildId build, std::string job, std::uint64_t offset)
      : Stream(api, viewer), build_(build), job_(std::move(job)), offset_(offset) {}

 private:
  bool tell(std::string& out) override {
    for (;;) {
      const Result<api::LogPart> part = api_.log_part(build_, job_, offset_, kLogPieceMax);
      if (!part) return false;
      if (part->bytes.empty() && !part->ended) return true;
      offset_ = part->next_offset;
      out += event_text(part->ended ? "end" : "log", std::to_string(offset_), api::log_json(*part));
      if (part->ended) return false;
      hurry_ = out.size() >= kLogPieceMax;
      if (hurry_) return true;
    }
  }

  const BuildId build_;
  const std::string job_;
  std::uint64_t offset_;
};

http::Producer producer(std::shared_ptr<Stream> stream) {
  return [stream = std::move(stream)](std::string& out) { return stream->turn(out); };
}

}  // namespace

std::string event_text(std::string_view event, std::string_view id, std::string_view data) {
  std::string text = "event: " + std::string(event) + "\n";
  if (!id.empty()) text += "id: " + std::string(id) + "\n";
  return text + "data: " + std::string(data) + "\n\n";
}

std::optional<std::uint64_t> offset_of(std::string_view last_event_id) {
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(), offset);
  if (error != std::errc() || end != last_event_id.data() + last_event_id.size()) return std::nullopt;
  return offset;
}

http::Producer farm_stream(Api& api, const Viewer& viewer) { return producer(std::make_shared<FarmStream>(api, viewer)); }
http::Producer build_stream(Api& api, const Viewer& viewer, BuildId build) {
  return producer(std::make_shared<BuildStream>(api, viewer, build));
}
http::Producer log_stream(Api& api, const Viewer& viewer, BuildId build, const std::string& job, std::uint64_t offset) {
  return producer(std::make_shared<LogStream>(api, viewer, build, job, offset));
}

}  // namespace farm::coordinator
