#include "tests/integration/coordinator/fake_agent.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/manifest.hpp"
#include "shared/wire/wire.hpp"

namespace farm::test {
namespace {

constexpr int kTurnsPerBeat = 4;

std::string manifest_over(const Digest& config, std::size_t bytes) {
  return R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kOciManifestType) +
         R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + config.oci() + R"(","size":)" +
         std::to_string(bytes) + R"(},"layers":[]})";
}

}  // namespace

FakeAgent::FakeAgent(net::Context& context, const std::string& endpoint, const std::string& server_key, const net::KeyPair& keys,
                     Options options)
    : options_(std::move(options)), hold_(options_.hold) {
  net::DealerOptions dealer;
  dealer.endpoint = endpoint;
  dealer.server_key = server_key;
  dealer.keys = keys;
  auto link = net::DealerLink::connect(context, dealer);
  EXPECT_TRUE(link) << (link ? "" : link.error().message);
  if (!link) return;
  link_ = std::move(*link);
  thread_ = std::jthread([this] { run(); });
}

FakeAgent::~FakeAgent() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::vector<protocol::StartJob> FakeAgent::started() const {
  const std::scoped_lock lock(mutex_);
  return started_;
}

std::string FakeAgent::refusal() const {
  const std::scoped_lock lock(mutex_);
  return refusal_;
}

void FakeAgent::run() {
  for (int turn = 0; !stopping_; ++turn) {
    if (turn % kTurnsPerBeat == 0) beat();
    auto event = link_->next(Millis{50});
    while (event && *event) {
      if (const auto* received = std::get_if<net::FrameReceived>(&**event)) {
        if (auto message = wire::decode_to_agent(received->frame)) take(*message);
      }
      event = link_->receive();
    }
    work();
  }
}

void FakeAgent::beat() {
  protocol::AgentHeartbeat heartbeat;
  heartbeat.agent = options_.name;
  heartbeat.session = Session{options_.session};
  heartbeat.sequence = ++sequence_;
  heartbeat.slots = options_.slots;
  heartbeat.platform = "linux/amd64";
  heartbeat.buildkit_version = options_.buildkit;
  heartbeat.disk_free_bytes = heartbeat.disk_total_bytes = 100ULL << 30U;
  heartbeat.memory_available_bytes = heartbeat.memory_total_bytes = 8ULL << 30U;
  for (const auto& [job, held] : held_) heartbeat.held.push_back({JobId{job}, held.start.fence, held.report.has_value(), "building", 500});
  (void)link_->send(wire::encode(protocol::FromAgent(heartbeat)));
  for (const auto& [job, held] : held_) {
    if (held.report) (void)link_->send(wire::encode(protocol::FromAgent(*held.report)));
  }
}

void FakeAgent::take(const protocol::ToAgent& message) {
  if (const auto* start = std::get_if<protocol::StartJob>(&message)) {
    const auto known = held_.find(start->job.value);
    if (known != held_.end() && known->second.start.fence >= start->fence) return;
    held_[start->job.value] = {*start, std::nullopt};
    const std::scoped_lock lock(mutex_);
    started_.push_back(*start);
  } else if (const auto* cancel = std::get_if<protocol::CancelJob>(&message)) {
    const auto held = held_.find(cancel->job.value);
    if (held == held_.end() || held->second.start.fence != cancel->fence) return;
    held->second.report = protocol::JobReport{cancel->job, cancel->fence, JobCancelled{}, {}, {}};
    (void)link_->send(wire::encode(protocol::FromAgent(*held->second.report)));
  } else if (const auto* ack = std::get_if<protocol::AckReport>(&message)) {
    const auto held = held_.find(ack->job.value);
    if (held != held_.end() && held->second.start.fence == ack->fence && held->second.report) held_.erase(held);
  } else if (const auto* prune = std::get_if<protocol::PruneCache>(&message)) {
    const protocol::CachePruned pruned{prune->id, kPrunedBytes, 0, kCacheBytes, 0, ""};
    (void)link_->send(wire::encode(protocol::FromAgent(pruned)));
  } else if (const auto* answer = std::get_if<protocol::HeartbeatAnswer>(&message)) {
    const std::scoped_lock lock(mutex_);
    refusal_ = answer->refusal;
  }
}

void FakeAgent::work() {
  for (auto& [job, held] : held_) {
    if (held.report || hold_) continue;
    const protocol::StartJob& start = held.start;
    const protocol::LogChunk log{start.job, start.fence, 0, "log of " + start.spec.name + "\n"};
    (void)link_->send(wire::encode(protocol::FromAgent(log)));
    std::optional<JobOutcome> outcome = options_.outcome ? options_.outcome(start) : std::nullopt;
    if (!outcome) outcome = build(start);
    JobTimings timings;
    timings.run_ms = Millis{1'000};
    timings.pushed_bytes = 10;
    held.report = protocol::JobReport{start.job, start.fence, *outcome, timings, options_.steps};
    (void)link_->send(wire::encode(protocol::FromAgent(*held.report)));
  }
}

Succeeded FakeAgent::build(const protocol::StartJob& start) {
  oci::RegistryClient registry(start.registry);
  const std::string config =
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"comment":")" + start.key.hex() + "\"}";
  const Digest config_digest = sha256(config);
  EXPECT_TRUE(registry.push_blob_bytes(start.spec.repository, config_digest, config));
  const std::string manifest = manifest_over(config_digest, config.size());
  const Digest image = sha256(manifest);
  EXPECT_TRUE(registry.put_manifest(start.spec.repository, image.oci(), oci::kOciManifestType, manifest));
  return {image, config.size()};
}

}  // namespace farm::test
