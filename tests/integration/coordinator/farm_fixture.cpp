#include "tests/integration/coordinator/farm_fixture.hpp"

#include <cstdio>
#include <utility>

#include <gtest/gtest.h>
#include <httplib.h>

#include "shared/hash/sha256.hpp"
#include "shared/net/key_book.hpp"
#include "shared/net/tokens.hpp"
#include "shared/oci/artifact.hpp"
#include "shared/oci/manifest.hpp"

namespace farm::test {
namespace {

net::KeyPair new_keys() {
  auto keys = net::generate_key_pair();
  EXPECT_TRUE(keys);
  return *keys;
}

}  // namespace

FarmFixture::FarmFixture() {
  server_keys_ = new_keys();
  EXPECT_TRUE(net::write_key_file(dir_.at("server.key"), server_keys_));
  std::string book;
  const auto add = [&](const std::string& name, net::Role role) {
    keys_[name] = new_keys();
    book += net::KeyBook::line_of({name, role, {}, "trusted", keys_[name].public_key}) + "\n";
    if (role == net::Role::Agent) return;
    tokens_of_[name] = net::new_token().value();
    book += net::KeyBook::line_of({name, role, {}, "trusted", net::hash_of_token(tokens_of_[name])}) + "\n";
  };
  add("dev", net::Role::Client);
  add("eye", net::Role::Reader);
  add("root", net::Role::Admin);
  add("alpha", net::Role::Agent);
  add("beta", net::Role::Agent);
  keys_["stranger"] = new_keys();
  config.listen = "tcp://127.0.0.1:0";
  config.http_listen = "127.0.0.1:0";
  config.state_dir = dir_.at("state");
  config.key_file = dir_.at("server.key");
  config.key_book = dir_.write("keys", book);
  config.registry.address = registry.address();
  config.registry.insecure = true;
  config.mirrors["docker.io"] = registry.address();
  log::Options options;
  options.to_stderr = std::getenv("FARM_TEST_LOG") != nullptr;
  auto logger = log::Logger::open(options);
  EXPECT_TRUE(logger);
  log_ = std::move(*logger);
  push_base("library/rust", "1");
  push_base("library/debian", "bookworm-slim");
  start();
}

FarmFixture::~FarmFixture() { stop(); }

void FarmFixture::start() {
  auto started = coordinator::Coordinator::start(config, *log_);
  ASSERT_TRUE(started) << started.error().message;
  coordinator_ = std::move(*started);
  endpoint_ = coordinator_->endpoint();
  config.listen = endpoint_;  // a restart is found at the same place
  thread_ = std::jthread([this] {
    const Result<void> served = coordinator_->run();
    EXPECT_TRUE(served) << served.error().message;
  });
}

void FarmFixture::stop() {
  if (!coordinator_) return;
  coordinator_->stop();
  thread_.join();
  coordinator_.reset();
}

std::unique_ptr<FakeClient> FarmFixture::client(const std::string& user) {
  return std::make_unique<FakeClient>(peers_, endpoint_, server_keys_.public_key, keys_.at(user));
}

std::unique_ptr<FakeAgent> FarmFixture::agent(FakeAgent::Options options) {
  const net::KeyPair keys = keys_.at(options.name);
  return std::make_unique<FakeAgent>(peers_, endpoint_, server_keys_.public_key, keys, std::move(options));
}

void FarmFixture::push_base(const std::string& repository, const std::string& tag) {
  oci::RegistryClient client = registry_client();
  const std::string config_bytes =
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"comment":")" + repository + "\"}";
  const Digest digest = sha256(config_bytes);
  EXPECT_TRUE(client.push_blob_bytes(repository, digest, config_bytes));
  const std::string manifest = R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kOciManifestType) +
                               R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + digest.oci() +
                               R"(","size":)" + std::to_string(config_bytes.size()) + R"(},"layers":[]})";
  EXPECT_TRUE(client.put_manifest(repository, tag, oci::kOciManifestType, manifest));
}

Plan FarmFixture::plan(const std::map<std::string, std::string>& edit) const {
  std::map<std::string, std::string> text{{"core", "core v1"}, {"api", "api v1"}, {"worker", "worker v1"}};
  for (const auto& [name, changed] : edit) text[name] = changed;
  Plan plan;
  plan.project = "market";
  for (const auto& [name, content] : text) plan.slices.push_back({sha256(content), "crate:" + name, content.size()});
  const auto job = [&](JobKind kind, const std::string& name, const std::string& repository, const std::vector<std::string>& crates) {
    JobSpec spec;
    spec.kind = kind;
    spec.name = name;
    spec.dockerfile = "FROM rust:1 AS dependencies\n";
    spec.repository = repository;
    spec.platform = "linux/amd64";
    spec.bases.push_back({"docker.io/library/rust:1", "rust:1"});
    spec.key_inputs.push_back({"dockerfile", "text"});
    for (const std::string& crate : crates) {
      spec.slices.push_back({sha256(text[crate]), false});
      spec.key_inputs.push_back({"slice crate:" + crate, sha256(text[crate]).oci()});
    }
    return spec;
  };
  plan.jobs.push_back(job(JobKind::Deps, "deps", "farm/deps", {}));
  plan.jobs.push_back(job(JobKind::Crates, "crates", "farm/crates", {"core"}));
  plan.jobs.back().inputs = {{"dependencies", 0}};
  plan.jobs.push_back(job(JobKind::Compile, "compile", "farm/compile", {"core", "api", "worker"}));
  plan.jobs.back().inputs = {{"dependencies", 1}};
  for (const std::string service : {"api", "worker"}) {
    JobSpec image = job(JobKind::Image, "image " + service, "market/" + service, {"core", service});
    image.bases.push_back({"docker.io/library/debian:bookworm-slim", "debian:bookworm-slim"});
    image.inputs = {{"dependencies", 1}};
    image.compile_route = CompileRoute{2, "builder", service};
    plan.jobs.push_back(image);
    plan.services.push_back({service, static_cast<JobIndex>(plan.jobs.size() - 1), "market/" + service + ":latest", {}});
  }
  // A second name of the first image, in another repository.
  plan.services.push_back({"api_copy", 3, "market/api-copy:v2", {}});
  return plan;
}

protocol::Submit FarmFixture::submission(const Plan& plan) {
  char token[33];
  std::snprintf(token, sizeof(token), "%032x", static_cast<unsigned>(++tokens_));
  protocol::SubmitOptions options;
  options.parallel = 0;
  return {token, options, plan, {}};
}

protocol::Accepted FarmFixture::push(FakeClient& client, const protocol::Submit& submit, const protocol::Accepted& accepted) {
  oci::RegistryClient target = registry_client();
  protocol::SlicesPushed pushed{submit.token, {}};
  for (const Digest& id : accepted.missing_slices) {
    const std::string bytes = "packed " + id.hex();
    const std::string file = dir_.write("slice", bytes);
    const oci::Artifact artifact{sha256(bytes), bytes.size(), "application/vnd.farm.slice.v1.tar+zstd"};
    EXPECT_TRUE(oci::push_artifact(target, accepted.slice_repository, oci::tag_of_id(id), artifact, file));
    pushed.blobs.push_back({id, artifact.blob, artifact.bytes});
  }
  return client.ask_for<protocol::Accepted>(pushed);
}

BuildStatus FarmFixture::build(FakeClient& client, const Plan& plan) {
  const protocol::Submit submit = submission(plan);
  const auto accepted = client.ask_for<protocol::Accepted>(submit);
  if (!accepted.missing_slices.empty()) push(client, submit, accepted);
  return client.wait_for_end(accepted.status.id);
}

std::string FarmFixture::http_get(const std::string& path, int& status) {
  httplib::Client client("127.0.0.1", coordinator_->http_port());
  const auto answer = client.Get(path);
  status = answer ? answer->status : 0;
  return answer ? answer->body : "";
}

const JobStatus* job_named(const BuildStatus& status, const std::string& name) {
  for (const JobStatus& job : status.jobs) {
    if (job.name == name) return &job;
  }
  return nullptr;
}

}  // namespace farm::test
