// Purpose: asks BuildKit for its version now and then, on a thread of its own, since the answer may take its time or
// never come.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "agent/app/builder.hpp"
#include "shared/log/log.hpp"

namespace farm::agent {

class Prober {
 public:
  // `told` is called on the prober's thread with each version, "" while BuildKit is away.
  Prober(exec::ProcessRunner& runner, Builder builder, log::Logger& log, std::function<void(const std::string&)> told)
      : runner_(runner), builder_(std::move(builder)), log_(log), told_(std::move(told)), thread_([this](const std::stop_token& stop) {
          work(stop);
        }) {}

 private:
  void work(const std::stop_token& stop);

  exec::ProcessRunner& runner_;
  Builder builder_;
  log::Logger& log_;
  std::function<void(const std::string&)> told_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: joined first
};

}  // namespace farm::agent
