// Purpose: a server that answers as a broken or hostile registry would: a function from request to raw bytes. For
// faults only; everything that a registry does right is tested against a real one.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace farm::test {

struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct RawAnswer {
  std::string bytes;
  bool hang = false;   // keep the connection open, say nothing more until the client goes
  bool close = false;  // hang up after the bytes
};

// "HTTP/1.1 STATUS X\r\n…" with Content-Length and the given headers ("Name: value").
RawAnswer answer(int status, const std::string& body = "", const std::vector<std::string>& headers = {});
// The same, but hanging up after `sent` bytes of the body.
RawAnswer broken_answer(int status, const std::string& body, std::size_t sent, const std::vector<std::string>& headers = {});

class FaultServer {
 public:
  using Handler = std::function<RawAnswer(const SeenRequest&, std::size_t number)>;  // number counts from 0
  explicit FaultServer(Handler handler);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::vector<SeenRequest> seen() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void accept_all();
  void serve(int connection);
  bool read_request(int connection, std::string& buffer, SeenRequest& request);

  Handler handler_;
  std::string address_;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  std::vector<int> open_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

}  // namespace farm::test
