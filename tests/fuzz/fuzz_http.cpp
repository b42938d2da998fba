// Whatever a request brings before anybody knows who sends it, one piece a line: path, query, Host, Origin, Authorization; the rest is a
// key book. Only a host that is an address, localhost or listed passes, and only a token whose hash stands in the book is somebody's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/http/actions.hpp"
#include "coordinator/http/callers.hpp"
#include "coordinator/http/host_check.hpp"
#include "coordinator/http/routes.hpp"
#include "shared/base/assert.hpp"
#include "shared/net/tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farm;
  using namespace farm::coordinator;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&rest] {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string text(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return text;
  };
  http::Request request;
  request.path = line();
  const std::string query = line();
  request.query.emplace(query.substr(0, query.find('=')), query.substr(std::min(query.find('='), query.size())));
  request.host = line();
  request.origin = line();
  request.authorization = line();

  static_cast<void>(read_question(request));
  const auto action = read_action(request.path);
  FARM_ASSERT(!action || request.path.starts_with(kApiRoot));

  const HostCheck hosts({"build1"}, {"farm.example"});
  if (hosts.host(request.host) && !request.host.empty()) {
    // No name with a letter passes but those three; addresses have none beyond f and x.
    std::string name = request.host;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(c | 0x20U); });
    const bool known = name.starts_with("build1") || name.starts_with("farm.example") || name.starts_with("localhost");
    FARM_ASSERT(known || std::none_of(name.begin(), name.end(), [](char c) { return c > 'f' && c <= 'z'; }));
  }
  if (hosts.origin(request.origin, request.host) && !request.origin.empty()) FARM_ASSERT(request.origin.starts_with("http"));

  static metrics::Metrics metrics;
  Callers callers(metrics);
  const Parsed<net::KeyBook> book = net::KeyBook::parse(rest, "book");
  callers.book_is(book.value);
  if (const auto caller = callers.caller(request.authorization)) {
    FARM_ASSERT(book.value.tokens().contains(caller->name) && caller->has_token() && caller->role != net::Role::Agent);
    FARM_ASSERT(net::hash_of_token(std::string_view(request.authorization).substr(7)) == caller->public_key);
  }
  for (const auto& [name, owner] : book.value.tokens()) {
    const auto without = net::KeyBook::without_token(rest, name);
    FARM_ASSERT(without && without->size() < rest.size());
    FARM_ASSERT(!net::KeyBook::parse(*without, "book").value.tokens().contains(name));
  }
  return 0;
}
