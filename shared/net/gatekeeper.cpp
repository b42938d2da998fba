#include "shared/net/gatekeeper.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "shared/net/poller.hpp"
#include "shared/net/sockets.hpp"

namespace farm::net {
namespace {

// The frames of a ZAP request, by place.
constexpr std::size_t kVersion = 0;
constexpr std::size_t kRequestId = 1;
constexpr std::size_t kDomain = 2;
constexpr std::size_t kAddress = 3;
constexpr std::size_t kMechanism = 5;
constexpr std::size_t kCredentials = 6;
constexpr std::size_t kCurveFrames = 7;

struct Verdict {
  bool admitted = false;
  std::string name;
};

class ZapGatekeeper final : public Gatekeeper {
 public:
  ZapGatekeeper(Context::Impl& context, KeyBook book, OnRejected on_rejected)
      : context_(context), book_(std::move(book)), on_rejected_(std::move(on_rejected)), socket_(context.context, zmq::socket_type::rep) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind(kZapEndpoint);
    thread_ = std::thread([this] { run(); });
  }
  ~ZapGatekeeper() override {
    stopping_.store(true);
    waker_.wake();
    thread_.join();
    context_.has_gatekeeper = false;
  }

  void reload(KeyBook book) override {
    const std::lock_guard lock(mutex_);
    book_ = std::move(book);
  }
  [[nodiscard]] std::uint64_t rejected() const override { return rejected_.load(); }
  [[nodiscard]] std::uint64_t admitted() const override { return admitted_.load(); }

 private:
  void run() {
    while (!stopping_.load()) {
      std::array<zmq_pollitem_t, 2> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, waker_.fd(), ZMQ_POLLIN, 0}}};
      zmq_poll(items.data(), static_cast<int>(items.size()), -1);
      try {
        answer_all();
      } catch (const zmq::error_t&) {  // the context ends: the connection attempt ends with it
        return;
      }
    }
  }

  void answer_all() {
    while (true) {
      std::vector<std::string> request;
      zmq::message_t part;
      do {
        if (!socket_.recv(part, zmq::recv_flags::dontwait)) return;
        if (request.size() < kCurveFrames) request.push_back(text_of(part));
      } while (part.more());
      request.resize(kCurveFrames);
      const Verdict verdict = judge(request);
      (verdict.admitted ? admitted_ : rejected_).fetch_add(1);
      answer(request[kRequestId], verdict);
    }
  }

  Verdict judge(const std::vector<std::string>& request) {
    constexpr std::string_view kMapped = "::ffff:";  // an IPv4 address on an IPv6 socket
    const std::string& address = request[kAddress];
    Rejection rejection{address.starts_with(kMapped) ? address.substr(kMapped.size()) : address, {}, {}};
    if (request[kVersion] != "1.0" || request[kDomain] != kZapDomain || request[kMechanism] != "CURVE" ||
        request[kCredentials].size() != 32) {
      rejection.reason = "not a CURVE connection to farm";
    } else {
      std::array<char, 41> text{};
      zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(request[kCredentials].data()), 32);
      rejection.public_key = text.data();
      const std::lock_guard lock(mutex_);
      if (const KeyOwner* owner = book_.by_key(rejection.public_key)) return {true, owner->name};
      rejection.reason = "the key is not in the key book";
    }
    if (on_rejected_) on_rejected_(rejection);
    return {};
  }

  void answer(const std::string& request_id, const Verdict& verdict) {
    const std::array<std::string_view, 6> frames{
        "1.0", request_id, verdict.admitted ? "200" : "400", verdict.admitted ? "OK" : "Denied", verdict.name, ""};
    for (std::size_t place = 0; place < frames.size(); ++place) try_send(socket_, frames[place], place + 1 < frames.size());
  }

  Context::Impl& context_;
  std::mutex mutex_;
  KeyBook book_;  // under mutex_
  const OnRejected on_rejected_;
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> admitted_{0};
  std::atomic<bool> stopping_{false};
  Waker waker_;
  zmq::socket_t socket_;  // after the constructor: the thread's alone
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Gatekeeper>> Gatekeeper::start(Context& context, KeyBook book, OnRejected on_rejected) {
  if (context.impl().has_gatekeeper) return Error{ErrorKind::Conflict, "starting the gatekeeper: this context has one already"};
  try {
    std::unique_ptr<Gatekeeper> gatekeeper = std::make_unique<ZapGatekeeper>(context.impl(), std::move(book), std::move(on_rejected));
    context.impl().has_gatekeeper = true;
    return gatekeeper;
  } catch (const zmq::error_t& error) {
    return error_of(error.num(), "starting the gatekeeper");
  } catch (const std::exception& error) {
    return Error{ErrorKind::Unavailable, std::string("starting the gatekeeper: ") + error.what()};
  }
}

}  // namespace farm::net
