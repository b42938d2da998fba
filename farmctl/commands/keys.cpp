#include <cstdio>

#include "farmctl/commands/commands.hpp"
#include "shared/net/key_book.hpp"
#include "shared/net/keys.hpp"

namespace farm::ctl {
namespace {

Result<net::Role> parse_role(const std::string& text) {
  for (const net::Role role : {net::Role::Agent, net::Role::Client, net::Role::Admin, net::Role::Reader}) {
    if (net::to_string(role) == text) return role;
  }
  return Error{ErrorKind::InvalidInput, "'" + text + "' is no role; take agent, client, admin or reader"};
}

ExitCode show(const net::KeyPair& keys, const std::string& name, const std::string& role) {
  if (name.empty()) {
    std::printf("%s\n", keys.public_key.c_str());
    return ExitCode::Ok;
  }
  const Result<net::Role> parsed = parse_role(role);
  if (!parsed) return report(parsed.error());
  net::KeyOwner owner;
  owner.name = name;
  owner.role = *parsed;
  owner.public_key = keys.public_key;
  net::KeyBook book;
  if (const Result<void> added = book.add(owner); !added) return report(added.error());
  std::printf("%s\n", net::KeyBook::line_of(owner).c_str());
  return ExitCode::Ok;
}

}  // namespace

ExitCode run_keys_new(const std::string& file, const std::string& name, const std::string& role) {
  Result<net::KeyPair> keys = net::generate_key_pair();
  if (!keys) return report(keys.error());
  if (const Result<void> written = net::write_key_file(file, *keys); !written) return report(written.error());
  std::fprintf(stderr, "wrote %s (keep it secret); its public side, for the coordinator's key book:\n", file.c_str());
  return show(*keys, name, role);
}

ExitCode run_keys_show(const std::string& file, const std::string& name, const std::string& role) {
  Result<net::KeyPair> keys = net::read_key_file(file);
  if (!keys) return report(keys.error());
  return show(*keys, name, role);
}

}  // namespace farm::ctl
