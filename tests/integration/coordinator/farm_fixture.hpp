// Purpose: a farm for one test: a real registry, a real coordinator on a real RocksDB directory in a thread, keys for one client, one
// reader, one admin and two agents, and a plan shaped like examples/market whose slices are pushed as farmctl does it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/app/coordinator.hpp"
#include "shared/config/config.hpp"
#include "shared/log/log.hpp"
#include "shared/net/keys.hpp"
#include "tests/integration/coordinator/fake_agent.hpp"
#include "tests/integration/coordinator/fake_client.hpp"
#include "tests/integration/oci/real_registry.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::test {

class FarmFixture {
 public:
  FarmFixture();
  ~FarmFixture();

  void start();
  void stop();  // clean
  void restart() {
    stop();
    start();
  }

  std::unique_ptr<FakeClient> client(const std::string& user = "dev");
  std::unique_ptr<FakeAgent> agent(FakeAgent::Options options = {});

  // Services api and worker over crate core: deps, crates, compile, two images. `edit`: crate name → its text.
  Plan plan(const std::map<std::string, std::string>& edit = {}) const;
  protocol::Submit submission(const Plan& plan);  // with a new token
  // Pushes what Accepted asked for and says so; gives the answer.
  protocol::Accepted push(FakeClient& client, const protocol::Submit& submit, const protocol::Accepted& accepted);
  // Submits, pushes, waits for the end.
  BuildStatus build(FakeClient& client, const Plan& plan);

  RealRegistry registry;
  config::CoordinatorConfig config;
  coordinator::Coordinator& running() { return *coordinator_; }
  // Of "dev", "eye" or "root", over HTTP.
  const std::string& token(const std::string& user) const { return tokens_of_.at(user); }
  std::string http_get(const std::string& path, int& status);
  oci::RegistryClient registry_client() { return oci::RegistryClient(registry.address()); }

 private:
  void push_base(const std::string& repository, const std::string& tag);

  TempDir dir_;
  std::map<std::string, net::KeyPair> keys_;
  std::map<std::string, std::string> tokens_of_;
  net::KeyPair server_keys_;
  std::unique_ptr<log::Logger> log_;
  net::Context peers_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;
  std::jthread thread_;
  std::string endpoint_;
  int tokens_ = 0;
};

const JobStatus* job_named(const BuildStatus& status, const std::string& name);

}  // namespace farm::test
