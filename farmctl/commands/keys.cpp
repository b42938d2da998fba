#include <cstdio>

#include "farmctl/client/find_farm.hpp"
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

// What is to be printed of the keys: the public key, or with a name a line of the key book.
Result<std::string> public_side(const net::KeyPair& keys, const std::string& name, const std::string& role) {
  if (name.empty()) return keys.public_key;
  const Result<net::Role> parsed = parse_role(role);
  if (!parsed) return parsed.error();
  net::KeyOwner owner;
  owner.name = name;
  owner.role = *parsed;
  owner.public_key = keys.public_key;
  net::KeyBook book;
  if (const Result<void> added = book.add(owner); !added) return added.error();
  return net::KeyBook::line_of(owner);
}

}  // namespace

ExitCode run_keys_new(const std::string& file, const std::string& name, const std::string& role) {
  Result<net::KeyPair> keys = net::generate_key_pair();
  if (!keys) return report(keys.error());
  const Result<std::string> line = public_side(*keys, name, role);  // first: a wrong name leaves no key behind
  if (!line) return report(line.error());
  if (const Result<void> written = net::write_key_file(file, *keys); !written)
    return report({ErrorKind::InvalidInput, written.error().message});  // whatever it is, no farm was asked
  std::fprintf(stderr, "wrote %s (keep it secret); its public side, for the coordinator's key book:\n", file.c_str());
  std::printf("%s\n", line->c_str());
  return ExitCode::Ok;
}

ExitCode run_keys_show(const std::string& file, const std::string& name, const std::string& role) {
  Result<net::KeyPair> keys = read_own_key(file);
  if (!keys) return report(keys.error());
  const Result<std::string> line = public_side(*keys, name, role);
  if (!line) return report(line.error());
  std::printf("%s\n", line->c_str());
  return ExitCode::Ok;
}

}  // namespace farm::ctl
