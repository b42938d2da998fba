#include "shared/http/server.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <httplib.h>

namespace farm::http {
namespace {

// httplib's own pool has an endless queue. Here a full queue holds up the accepting thread, so that further connections wait in the kernel.
class BoundedPool final : public httplib::TaskQueue {
 public:
  BoundedPool(std::uint32_t threads, std::uint32_t waiting_max) : waiting_max_(waiting_max) {
    for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return tasks_.size() < waiting_max_ || stopping_; });
    tasks_.push_back(std::move(task));
    ready_.notify_one();
  }

  void shutdown() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return !tasks_.empty() || stopping_; });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
        room_.notify_one();
      }
      task();
    }
  }

  std::uint32_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

void answer_to(httplib::Response& response, const Answer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type.c_str());
}

std::pair<time_t, time_t> split(Millis time) { return {time.value / 1'000, (time.value % 1'000) * 1'000}; }

}  // namespace

struct Server::Impl {
  httplib::Server server;
  std::thread thread;
  std::uint16_t port = 0;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->server.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

std::uint16_t Server::port() const { return impl_->port; }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, std::map<std::string, Handler> handlers) {
  auto impl = std::make_unique<Impl>();
  httplib::Server& server = impl->server;
  server.new_task_queue = [options]() -> httplib::TaskQueue* { return new BoundedPool(options.threads, options.waiting_max); };
  // One request a connection: httplib polls an idle connection a hundred times a second.
  server.set_keep_alive_max_count(1);
  server.set_payload_max_length(options.body_bytes_max);
  server.set_read_timeout(split(options.read_timeout).first, split(options.read_timeout).second);
  server.set_write_timeout(split(options.write_timeout).first, split(options.write_timeout).second);
  for (auto& [path, handler] : handlers) {
    server.Get(path, [handle = std::move(handler)](const httplib::Request& from, httplib::Response& to) {
      Request request{from.path, {}};
      for (const auto& [name, value] : from.params) request.query.emplace(name, value);
      answer_to(to, handle(request));
    });
  }
  const std::string place = options.host + ":" + std::to_string(options.port);
  const int port =
      options.port == 0 ? server.bind_to_any_port(options.host) : (server.bind_to_port(options.host, options.port) ? options.port : -1);
  if (port <= 0) {
    return Error{ErrorKind::Unavailable,
                 "serving HTTP: address " + place + " can't be bound (in use, or not this host's); change the configuration"};
  }
  impl->port = static_cast<std::uint16_t>(port);
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // stop() is without effect before the thread listens, so the start ends only then.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace farm::http
