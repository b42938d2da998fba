#include "farmctl/local/monitoring.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/farmctl/environment.hpp"

namespace farm::ctl {
namespace {

TEST(AgentTargets, AreLabelledWithTheAgentsNames) {
  EXPECT_EQ(agent_targets({7'450, 7'451}),
            "- targets: [\"127.0.0.1:7450\"]\n  labels: {agent: local-1}\n"
            "- targets: [\"127.0.0.1:7451\"]\n  labels: {agent: local-2}\n");
  EXPECT_EQ(agent_targets({}), "[]\n");
}

TEST(MonitoringPorts, AreDrawnWhenAskedForAndKept) {
  const farm::test::TempDir dir;
  test::Environment environment;
  environment.set("XDG_STATE_HOME", dir.path());
  const auto plain = make_layout(1);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->ports.prometheus, 0);
  EXPECT_FALSE(monitoring_runs(*plain));
  const auto watched = make_layout(1, true);
  ASSERT_TRUE(watched);
  EXPECT_NE(watched->ports.prometheus, 0);
  EXPECT_NE(watched->ports.prometheus, watched->ports.grafana);
  EXPECT_EQ(watched->ports.http, plain->ports.http);
  const auto opened = open_layout();
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->ports.prometheus, watched->ports.prometheus);
}

TEST(MonitoringAddresses, TellWhereDashboardsAreWithoutAGrafana) {
  LocalLayout layout;
  layout.root = "/nowhere";
  layout.ports.http = 7'441;
  layout.ports.prometheus = 9'090;
  EXPECT_EQ(monitoring_addresses(layout, "/share"),
            "console     http://127.0.0.1:7441/\nprometheus  http://127.0.0.1:9090/\n"
            "grafana     not on this machine; farm's dashboards and their provisioning are in /share/dashboards/grafana\n");
}

// Programs that answer at their port and end when they are told to, in the place of the real ones.
struct FakePrograms {
  farm::test::TempDir dir;
  test::Environment environment;
  LocalLayout layout;

  FakePrograms() {
    environment.set("XDG_STATE_HOME", dir.path());
    layout = *make_layout(2, true);
    program("prometheus", std::to_string(layout.ports.prometheus));
    program("grafana-server", "$GF_SERVER_HTTP_PORT");
    dir.write("share/deploy/templates/prometheus.yml", "c: {{ coordinator }}\na: {{ agents }}\nr: {{ rules }}\ns: {{ scrape_interval }}\n");
    dir.write("share/dashboards/grafana/provisioning/dashboards/farm.yml", "path: /var/lib/farm-dashboards\n");
    dir.write("share/dashboards/grafana/provisioning/datasources/prometheus.yml", "url: http://127.0.0.1:9090\n");
  }
  ~FakePrograms() {
    for (const char* name : {"prometheus", "grafana"}) stop_daemon(layout.pid_file(name), Millis{5'000});
  }
  void program(const std::string& name, const std::string& port) const {
    dir.write("bin/" + name, "#!/bin/sh\nexec python3 -m http.server --bind 127.0.0.1 " + port + "\n");
    std::filesystem::permissions(dir.path() + "/bin/" + name, std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string bin(const std::string& name) const { return dir.path() + "/bin/" + name; }
  [[nodiscard]] std::string share() const { return dir.path() + "/share"; }
};

TEST(Monitoring, StartsBothWithTheAddressesOfThisFarm) {
  const FakePrograms fake;
  const auto started = start_monitoring(fake.layout, fake.share(), {fake.bin("prometheus"), fake.bin("grafana-server")});
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_TRUE(monitoring_runs(fake.layout));
  EXPECT_EQ(fake.dir.read("farm/local/prometheus.yml"), "c: " + fake.layout.http_address() +
                                                            "\na: " + fake.layout.path("prometheus-agents.yml") + "\nr: " + fake.share() +
                                                            "/dashboards/prometheus\ns: 5s\n");
  EXPECT_EQ(fake.dir.read("farm/local/prometheus-agents.yml"), agent_targets(fake.layout.ports.agent_metrics));
  EXPECT_EQ(fake.dir.read("farm/local/grafana/provisioning/dashboards/farm.yml"), "path: " + fake.share() + "/dashboards/grafana\n");
  EXPECT_EQ(fake.dir.read("farm/local/grafana/provisioning/datasources/prometheus.yml"),
            "url: http://127.0.0.1:" + std::to_string(fake.layout.ports.prometheus) + "\n");
  EXPECT_NE(monitoring_addresses(fake.layout, fake.share()).find("grafana     http://127.0.0.1:"), std::string::npos);
}

TEST(Monitoring, AProgramThatEndsAtOnceIsToldWithItsLog) {
  const FakePrograms fake;
  fake.dir.write("bin/prometheus", "#!/bin/sh\necho no such flag >&2\nexit 1\n");
  std::filesystem::permissions(fake.bin("prometheus"), std::filesystem::perms::owner_all);
  const auto started = start_monitoring(fake.layout, fake.share(), {fake.bin("prometheus"), ""});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("no such flag"), std::string::npos) << started.error().message;
}

}  // namespace
}  // namespace farm::ctl
