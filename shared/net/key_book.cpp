#include "shared/net/key_book.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "shared/net/keys.hpp"
#include "shared/net/tokens.hpp"

namespace farm::net {
namespace {

constexpr std::size_t kLinesMax = 10'000;
constexpr std::size_t kNameSizeMax = 64;

bool is_name(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kNameSizeMax && std::all_of(text.begin(), text.end(), is_plain);
}

Result<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::Agent, Role::Client, Role::Admin, Role::Reader}) {
    if (text == to_string(role)) return role;
  }
  return Error{ErrorKind::InvalidInput, "unknown role \"" + std::string(text) + "\"; roles are agent, client, admin, reader"};
}

Result<KeyOwner> parse_line(const std::string& line) {
  std::istringstream words(line);
  std::string role;
  KeyOwner owner;
  words >> role >> owner.name >> owner.public_key;
  const Result<Role> parsed_role = parse_role(role);
  if (!parsed_role) return parsed_role.error();
  owner.role = *parsed_role;
  if (owner.public_key.empty()) return Error{ErrorKind::InvalidInput, "a line is: role name public-key [projects=a,b] [zone=z]"};
  std::string option;
  while (words >> option) {
    if (option.starts_with("zone=")) {
      owner.zone = option.substr(5);
      if (!is_name(owner.zone)) return Error{ErrorKind::InvalidInput, "\"" + option + "\": that is no name of a zone"};
    } else if (option.starts_with("projects=")) {
      std::istringstream names(option.substr(9));
      std::string name;
      while (std::getline(names, name, ',')) {
        if (!is_name(name)) return Error{ErrorKind::InvalidInput, "\"" + option + "\": \"" + name + "\" is no name of a project"};
        owner.projects.push_back(name);
      }
      // An empty list would mean "all", which is not what was written.
      if (owner.projects.empty()) return Error{ErrorKind::InvalidInput, "\"projects=\" names none; leave it out for all projects"};
    } else {
      return Error{ErrorKind::InvalidInput, "unknown option \"" + option + "\"; options are projects= and zone="};
    }
  }
  return owner;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::Agent: return "agent";
    case Role::Client: return "client";
    case Role::Admin: return "admin";
    case Role::Reader: return "reader";
  }
  return "?";
}

bool KeyOwner::is_for(const std::string& project) const {
  return is_for_all() || std::find(projects.begin(), projects.end(), project) != projects.end();
}

Result<void> KeyBook::add(KeyOwner owner) {
  if (!is_name(owner.name)) {
    return Error{ErrorKind::InvalidInput, "\"" + owner.name + "\" is no name: 1 to 64 letters, digits, '.', '_', '-'"};
  }
  if (owner.has_token()) return add_token(std::move(owner));
  if (!is_z85_key(owner.public_key)) {
    return Error{ErrorKind::InvalidInput, "the key of \"" + owner.name + "\" is no public key (40 characters of Z85)"};
  }
  if (key_of_name_.contains(owner.name)) return Error{ErrorKind::InvalidInput, "the name \"" + owner.name + "\" is taken"};
  if (const KeyOwner* other = by_key(owner.public_key)) {
    return Error{ErrorKind::InvalidInput, "the key of \"" + owner.name + "\" is that of \"" + other->name + "\""};
  }
  key_of_name_[owner.name] = owner.public_key;
  by_key_[owner.public_key] = std::move(owner);
  return {};
}

Result<void> KeyBook::add_token(KeyOwner owner) {
  if (!is_token_hash(owner.public_key)) {
    return Error{ErrorKind::InvalidInput,
                 "the token of \"" + owner.name + "\" is not sha256: and 64 digits; `farmctl keys token` makes one"};
  }
  if (owner.role == Role::Agent) return Error{ErrorKind::InvalidInput, "\"" + owner.name + "\": an agent has a key, and no token"};
  for (const auto& [name, other] : tokens_) {
    if (name == owner.name) return Error{ErrorKind::InvalidInput, "the name \"" + owner.name + "\" is taken by another token"};
    if (other.public_key == owner.public_key)
      return Error{ErrorKind::InvalidInput, "the token of \"" + owner.name + "\" is that of \"" + name + "\""};
  }
  tokens_.emplace(owner.name, std::move(owner));
  return {};
}

const KeyOwner* KeyBook::by_token(std::string_view token) const {
  const std::string hash = hash_of_token(token);
  const KeyOwner* found = nullptr;
  for (const auto& [name, owner] : tokens_) {
    if (is_same_hash(hash, owner.public_key)) found = &owner;
  }
  return found;
}

const KeyOwner* KeyBook::by_key(std::string_view public_key) const {
  const auto found = by_key_.find(public_key);
  return found == by_key_.end() ? nullptr : &found->second;
}

const KeyOwner* KeyBook::by_name(std::string_view name) const {
  const auto found = key_of_name_.find(name);
  return found == key_of_name_.end() ? nullptr : by_key(found->second);
}

std::vector<KeyOwner> KeyBook::owners() const {
  std::vector<KeyOwner> owners;
  for (const auto& [name, key] : key_of_name_) owners.push_back(*by_key(key));
  return owners;
}

Parsed<KeyBook> KeyBook::parse(std::string_view text, const std::string& file) {
  Parsed<KeyBook> book;
  const auto problem = [&](std::size_t number, const std::string& message) {
    book.diagnostics.push_back({Severity::Error, {file, static_cast<int>(number), 0}, message});
  };
  std::size_t number = 0;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line(text.substr(start, end - start));
    start = end + 1;
    if (++number > kLinesMax) {
      problem(number, "more than " + std::to_string(kLinesMax) + " lines");
      break;
    }
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    Result<KeyOwner> owner = parse_line(line);
    if (!owner) {
      problem(number, owner.error().message);
    } else if (const Result<void> added = book.value.add(*owner); !added) {
      problem(number, added.error().message);
    }
  }
  return book;
}

std::string KeyBook::line_of(const KeyOwner& owner) {
  std::string line = std::string(to_string(owner.role)) + " " + owner.name + " " + owner.public_key;
  if (!owner.projects.empty()) {
    line += " projects=";
    for (const std::string& project : owner.projects) line += (line.back() == '=' ? "" : ",") + project;
  }
  return line + " zone=" + owner.zone;
}

Result<std::string> KeyBook::without_token(std::string_view text, std::string_view name) {
  std::string kept;
  bool found = false;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
    const std::string line(text.substr(start, end - start));
    start = end;
    const Result<KeyOwner> owner = parse_line(line);
    const bool is_it = owner && owner->has_token() && owner->name == name;
    found = found || is_it;
    if (!is_it) kept += line;
  }
  if (!found) return Error{ErrorKind::NotFound, "the key book has no token of the name \"" + std::string(name) + "\""};
  return kept;
}

Result<KeyBook> load_key_book(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::NotFound, path + ": the key book can't be read"};
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Parsed<KeyBook> book = KeyBook::parse(text, path);
  if (!book.ok()) return Error{ErrorKind::InvalidInput, to_string(book.diagnostics.front())};
  return std::move(book.value);
}

}  // namespace farm::net
