// Purpose: a docker-registry of its own for one test, on a port that the kernel chose, with its data in a temporary
// directory.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include <sys/types.h>

#include "tests/support/temp_dir.hpp"

namespace farm::test {

// The program, or empty where it is not installed.
std::string docker_registry_program();

class RealRegistry {
 public:
  struct Options {
    std::string htpasswd;  // lines for Basic; empty: open to all
    std::string data;      // where to keep it; empty: a directory of its own
  };
  RealRegistry() : RealRegistry(Options{}) {}
  explicit RealRegistry(const Options& options);
  ~RealRegistry();
  RealRegistry(const RealRegistry&) = delete;
  RealRegistry& operator=(const RealRegistry&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::string& data() const { return data_; }
  void stop();

 private:
  TempDir dir_;
  std::string data_;
  std::string address_;
  pid_t pid_ = 0;
  int log_ = -1;
  std::jthread drain_;
};

// The user "farmer" with the password "secret-pw", as htpasswd -B writes it.
constexpr const char* kFarmerLine = "farmer:$2b$04$NQW1uzR.y1819JmoF9zsYuTBA8C3N.U.GyEKgEpqngr2FfQlpDltm\n";
constexpr const char* kFarmerPassword = "secret-pw";

}  // namespace farm::test

// At the start of a test that needs the real thing.
#define FARM_NEEDS_DOCKER_REGISTRY()                                                     \
  if (::farm::test::docker_registry_program().empty()) {                                 \
    GTEST_SKIP() << "docker-registry is not installed (Debian package docker-registry)"; \
  }                                                                                      \
  static_assert(true)
