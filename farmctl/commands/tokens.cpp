#include "farmctl/commands/tokens.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "farmctl/client/find_farm.hpp"
#include "farmctl/local/layout.hpp"
#include "farmctl/render/text.hpp"
#include "shared/net/key_book.hpp"
#include "shared/net/tokens.hpp"

namespace farm::ctl {
namespace {

struct Book {
  std::string path;
  bool is_local = false;
  std::string text;
  net::KeyBook keys;
};

Result<std::string> local_book(const GlobalOptions& global) {
  const Result<config::ClientConfig> farm = find_farm(global.config);
  const Result<std::string> folder = local_farm_directory();
  if (farm && folder && is_local_farm(*farm)) return *folder + "/keys/book";
  return Error{ErrorKind::InvalidInput,
               "which key book? No farm of this machine's own is configured: give --book FILE where the coordinator runs, or `add` with "
               "--print for the line that belongs into it"};
}

Result<Book> read_book(const GlobalOptions& global, const TokenOptions& options) {
  Book book{options.book, options.book.empty(), "", {}};
  if (book.is_local) {
    Result<std::string> found = local_book(global);
    if (!found) return std::move(found).error();
    book.path = *std::move(found);
  }
  std::ifstream file(book.path, std::ios::binary);
  if (!file) return Error{ErrorKind::NotFound, book.path + ": the key book can't be read"};
  book.text.assign(std::istreambuf_iterator<char>(file), {});
  Parsed<net::KeyBook> keys = net::KeyBook::parse(book.text, book.path);
  if (!keys.ok()) return Error{ErrorKind::InvalidInput, to_string(keys.diagnostics.front())};
  book.keys = std::move(keys.value);
  return book;
}

Error unwritable(const std::string& path) {
  return {ErrorKind::InvalidInput, path + ": the key book can't be written: " + std::strerror(errno)};
}

// Replaces the book as a whole, with the owner and the mode that it had, also under a coordinator that reads it.
Result<void> write_book(const Book& book, const std::string& text) {
  struct stat before{};
  if (::stat(book.path.c_str(), &before) != 0) return unwritable(book.path);
  const std::string fresh = book.path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return unwritable(fresh);
  const bool owned = ::fchown(file, before.st_uid, before.st_gid) == 0 || before.st_uid == ::geteuid();
  const bool written = owned && ::fchmod(file, before.st_mode & 0777U) == 0 &&
                       ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  Result<void> outcome;
  if (!written) outcome = unwritable(fresh);
  ::close(file);
  if (outcome && ::rename(fresh.c_str(), book.path.c_str()) != 0) outcome = unwritable(book.path);
  if (!outcome) ::unlink(fresh.c_str());
  return outcome;
}

// Says how what changed comes to count.
void tell_coordinator(const Book& book, const std::string& what) {
  const Result<LocalLayout> layout = book.is_local ? open_layout() : Result<LocalLayout>(Error{ErrorKind::NotFound, ""});
  const int pid = layout ? running_pid(layout->pid_file("coordinator")) : 0;
  if (pid != 0) ::kill(pid, SIGHUP);
  std::fprintf(stderr, "%s %s; %s\n", what.c_str(), book.path.c_str(),
               book.is_local ? "the local farm's coordinator knows"
                             : "it counts once the coordinator reads it again: systemctl reload farm-coordinator");
}

Result<net::KeyOwner> owner_of(const TokenOptions& options, const std::string& token) {
  net::KeyOwner owner;
  owner.name = options.name;
  owner.projects = options.projects;
  owner.public_key = net::hash_of_token(token);
  for (const net::Role role : {net::Role::Client, net::Role::Admin, net::Role::Reader}) {
    if (net::to_string(role) != options.role) continue;
    owner.role = role;
    // What is wrong with names of owner and projects is what is wrong with their line.
    const Parsed<net::KeyBook> line = net::KeyBook::parse(net::KeyBook::line_of(owner), "the new line");
    if (!line.ok()) return Error{ErrorKind::InvalidInput, line.diagnostics.front().message};
    return owner;
  }
  return Error{ErrorKind::InvalidInput, "'" + options.role + "' is no role of a token; take client, admin or reader"};
}

}  // namespace

ExitCode run_token_add(const GlobalOptions& global, const TokenOptions& options) {
  const Result<std::string> token = net::new_token();
  if (!token) return report(token.error());
  const Result<net::KeyOwner> owner = owner_of(options, *token);
  if (!owner) return report(owner.error());
  const std::string line = net::KeyBook::line_of(*owner);
  if (options.print) {
    std::fprintf(stderr, "the token (keep it secret, it is not shown again), and its line for the coordinator's key book:\n");
    std::printf("%s\n%s\n", token->c_str(), line.c_str());
    return ExitCode::Ok;
  }
  Result<Book> book = read_book(global, options);
  if (!book) return report(book.error());
  if (const Result<void> added = book->keys.add(*owner); !added) return report(added.error());
  const std::string end = book->text.empty() || book->text.ends_with('\n') ? "" : "\n";
  if (const Result<void> written = write_book(*book, book->text + end + line + "\n"); !written) return report(written.error());
  tell_coordinator(*book, "the token of '" + options.name + "' (keep it secret, it is not shown again) is in");
  std::printf("%s\n", token->c_str());
  return ExitCode::Ok;
}

ExitCode run_token_rm(const GlobalOptions& global, const TokenOptions& options) {
  const Result<Book> book = read_book(global, options);
  if (!book) return report(book.error());
  const Result<std::string> text = net::KeyBook::without_token(book->text, options.name);
  if (!text) return report(text.error());
  if (const Result<void> written = write_book(*book, *text); !written) return report(written.error());
  tell_coordinator(*book, "the token of '" + options.name + "' is no longer in");
  return ExitCode::Ok;
}

ExitCode run_token_list(const GlobalOptions& global, const TokenOptions& options) {
  const Result<Book> book = read_book(global, options);
  if (!book) return report(book.error());
  std::vector<std::vector<std::string>> rows{{"NAME", "ROLE", "PROJECTS"}};
  for (const auto& [name, owner] : book->keys.tokens()) {
    std::string projects;
    for (const std::string& project : owner.projects) projects += (projects.empty() ? "" : ",") + project;
    rows.push_back({name, std::string(net::to_string(owner.role)), projects.empty() ? "all" : projects});
  }
  std::fputs(render_columns(rows).c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace farm::ctl
