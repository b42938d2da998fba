#include "tests/integration/oci/fault_server.hpp"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace farm::test {

RawAnswer answer(int status, const std::string& body, const std::vector<std::string>& headers) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const std::string& header : headers) bytes += header + "\r\n";
  return {bytes + "\r\n" + body, false, false};
}

RawAnswer broken_answer(int status, const std::string& body, std::size_t sent, const std::vector<std::string>& headers) {
  RawAnswer whole = answer(status, body, headers);
  whole.bytes.resize(whole.bytes.size() - (body.size() - sent));
  whole.close = true;
  return whole;
}

FaultServer::FaultServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(name);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&name), length) != 0 || ::listen(listener_, 64) != 0) std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &length);
  address_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  acceptor_ = std::jthread([this] { accept_all(); });
}

FaultServer::~FaultServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int connection : open_) ::shutdown(connection, SHUT_RDWR);
  }
  workers_.clear();
  for (const int connection : open_) ::close(connection);
  ::close(listener_);
}

std::vector<SeenRequest> FaultServer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::size_t FaultServer::connections() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

void FaultServer::accept_all() {
  while (true) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(connection);
    workers_.emplace_back([this, connection] { serve(connection); });
  }
}

bool FaultServer::read_request(int connection, std::string& buffer, SeenRequest& request) {
  char chunk[65536];
  const auto more = [&] {
    const ssize_t got = ::recv(connection, chunk, sizeof(chunk), 0);
    if (got > 0) buffer.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return false;
  }
  std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  std::size_t line_end = head.find("\r\n");
  const std::string first = head.substr(0, line_end);
  request.method = first.substr(0, first.find(' '));
  request.target = first.substr(first.find(' ') + 1, first.rfind(' ') - first.find(' ') - 1);
  for (std::size_t at = line_end + 2; at < head.size(); at = line_end + 2) {
    line_end = head.find("\r\n", at);
    std::string name = head.substr(at, head.find(':', at) - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = head.substr(at + name.size() + 2, line_end - at - name.size() - 2);
  }
  const std::string length = request.header("content-length");
  const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
  while (buffer.size() < bytes) {
    if (!more()) return false;
  }
  request.body = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return true;
}

void FaultServer::serve(int connection) {
  std::string buffer;
  while (true) {
    SeenRequest request;
    if (!read_request(connection, buffer, request)) return;
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = seen_.size();
      seen_.push_back(request);
    }
    const RawAnswer raw = handler_(request, number);
    for (std::size_t sent = 0; sent < raw.bytes.size();) {
      const ssize_t wrote = ::send(connection, raw.bytes.data() + sent, raw.bytes.size() - sent, MSG_NOSIGNAL);
      if (wrote <= 0) return;
      sent += static_cast<std::size_t>(wrote);
    }
    if (raw.close) {
      ::shutdown(connection, SHUT_RDWR);
      return;
    }
    if (raw.hang) {
      char ignored[1];
      ::recv(connection, ignored, 1, 0);
      return;
    }
  }
}

}  // namespace farm::test
