// Purpose: whom the coordinator lets in: public key → name, role, projects, zone. A value; `KeyBook::parse` reads its text:
//   # role   name    public key (Z85, 40 characters)              options
//   agent    alpha   rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7     zone=trusted
//   client   dev     …                                            projects=market,shop zone=trusted
//   client   ann     sha256:<64 hex digits of a token's hash>     projects=market
// Names of keys are unique and so are keys; so are names of tokens and tokens (a person may have a key and a token). No projects= means:
// all projects. No zone= means: "trusted". A token stands for its owner over HTTP only (tokens.hpp); a key never does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::net {

enum class Role : std::uint8_t {
  Agent,   // heartbeats, reports, logs, in its own name
  Client,  // submits, watches, cancels its projects' builds
  Admin,   // all that a client may, for all projects, and drains agents
  Reader,  // lists and watches only
};
std::string_view to_string(Role role);

struct KeyOwner {
  std::string name;
  Role role = Role::Reader;
  std::vector<std::string> projects;  // empty: all
  std::string zone = "trusted";
  std::string public_key;  // or "sha256:…", of a token
  // May they touch its builds? Admins may all.
  [[nodiscard]] bool is_for(const std::string& project) const;
  [[nodiscard]] bool is_for_all() const { return role == Role::Admin || projects.empty(); }
  [[nodiscard]] bool has_token() const { return public_key.starts_with("sha256:"); }
  friend bool operator==(const KeyOwner&, const KeyOwner&) = default;
};

class KeyBook {
 public:
  // InvalidInput: the name or the key is taken, the key is neither a key nor a token's hash, the name is no name, an agent has a token.
  Result<void> add(KeyOwner owner);
  // Null where nobody has it. The pointer lives as long as the book is unchanged.
  [[nodiscard]] const KeyOwner* by_key(std::string_view public_key) const;
  [[nodiscard]] const KeyOwner* by_name(std::string_view name) const;
  [[nodiscard]] std::vector<KeyOwner> owners() const;  // of keys, by name
  // Takes the same time whichever it is. The pointer lives as long as above.
  [[nodiscard]] const KeyOwner* by_token(std::string_view token) const;
  [[nodiscard]] const std::map<std::string, KeyOwner, std::less<>>& tokens() const { return tokens_; }  // by name
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

  // All problems at once, with file:line. At most 10,000 lines.
  static Parsed<KeyBook> parse(std::string_view text, const std::string& file);
  // One line of the format above, without the line's end.
  static std::string line_of(const KeyOwner& owner);
  // The text of a book without the line of that token; comments and everything else stay. Error: NotFound.
  static Result<std::string> without_token(std::string_view text, std::string_view name);

 private:
  Result<void> add_token(KeyOwner owner);

  std::map<std::string, KeyOwner, std::less<>> by_key_;
  std::map<std::string, std::string, std::less<>> key_of_name_;
  std::map<std::string, KeyOwner, std::less<>> tokens_;
};

// Reads and parses the file; the first problem as an Error. NotFound, InvalidInput.
Result<KeyBook> load_key_book(const std::string& path);

}  // namespace farm::net
