#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/registry_impl.hpp"
#include "shared/snapshot/posix.hpp"

namespace farm::oci {
namespace {

std::optional<std::uint64_t> number(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoull(text);
}

// What is to be sent: a file or text.
struct Content {
  int fd = -1;
  std::string_view text;
  std::uint64_t bytes = 0;
};

// A pull over several attempts: what came so far, and how it fits the next answer.
class Pull {
 public:
  Pull(std::uint64_t bytes_max, const Sink& sink, const Progress& progress) : bytes_max_(bytes_max), sink_(sink), progress_(progress) {}

  [[nodiscard]] std::uint64_t received() const { return received_; }
  void next_attempt() {
    skip_ = received_;
    started_ = false;
  }
  Result<void> take(long status, const std::map<std::string, std::string>& headers, std::string_view bytes);
  Digest finish() { return hash_.finish(); }

 private:
  Result<void> start(long status, const std::map<std::string, std::string>& headers);

  std::uint64_t bytes_max_;
  const Sink& sink_;
  const Progress& progress_;
  Sha256 hash_;
  std::uint64_t received_ = 0;
  std::uint64_t skip_ = 0;  // bytes of this answer that were taken before
  std::uint64_t total_ = 0;
  bool started_ = false;
};

Result<void> Pull::start(long status, const std::map<std::string, std::string>& headers) {
  started_ = true;
  if (status == 206) {
    const auto range = headers.find("content-range");
    const std::string expected = "bytes " + std::to_string(received_) + "-";
    if (range == headers.end() || !range->second.starts_with(expected)) {
      return Error{ErrorKind::Corrupt, "the registry went on at another place than it was asked for"};
    }
    skip_ = 0;
  }
  const auto length = headers.find("content-length");
  const std::optional<std::uint64_t> announced = length == headers.end() ? std::nullopt : number(length->second);
  if (announced) total_ = *announced + (status == 206 ? received_ : 0);
  if (total_ > bytes_max_) {
    return Error{ErrorKind::Overloaded,
                 "it has " + std::to_string(total_) + " bytes, more than the limit of " + std::to_string(bytes_max_)};
  }
  return {};
}

Result<void> Pull::take(long status, const std::map<std::string, std::string>& headers, std::string_view bytes) {
  if (!started_) {
    if (Result<void> fine = start(status, headers); !fine) return fine;
  }
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
  skip_ -= skipped;
  bytes.remove_prefix(skipped);
  if (bytes.size() > bytes_max_ - received_) {
    return Error{ErrorKind::Overloaded, "it has more bytes than the limit of " + std::to_string(bytes_max_)};
  }
  hash_.update(bytes);
  received_ += bytes.size();
  if (Result<void> done = sink_(bytes); !done) return done;
  if (progress_ && !progress_(received_, total_)) return Error{ErrorKind::Cancelled, "cancelled"};
  return {};
}

Result<void> upload_once(RegistryClient::Impl& impl, const std::string& repository, const Digest& digest, const Content& content,
                         const Progress& progress, bool& again);

Result<void> upload(RegistryClient::Impl& impl, const std::string& repository, const Digest& digest, const Content& content,
                    const Progress& progress) {
  const std::string doing = "pushing blob " + digest.short_hex() + " to " + repository;
  for (std::uint32_t attempt = 1;; ++attempt) {
    bool again = false;
    Result<void> done = upload_once(impl, repository, digest, content, progress, again);
    if (done) return done;
    if (!again || attempt >= impl.options.attempts_max) return done.error().with(doing);
    impl.wait_before(attempt);
  }
}

void give_up_upload(RegistryClient::Impl& impl, const std::string& location, const Scope& scope) {
  HttpRequest request;
  request.method = "DELETE";
  request.url = location;
  request.timeout = impl.options.answer_timeout;
  // Best effort: a registry forgets half uploads by itself after some days.
  static_cast<void>(impl.send(request, scope).has_value());
}

Result<void> upload_once(RegistryClient::Impl& impl, const std::string& repository, const Digest& digest, const Content& content,
                         const Progress& progress, bool& again) {
  const Scope scope{repository, "pull,push"};
  const HttpRequest start = impl.request("POST", repository + "/blobs/uploads/");
  const Result<HttpAnswer> started = impl.send(start, scope);
  again = worth_a_retry(started);
  if (!started) return started.error();
  if (started->status != 202) return impl.failure(*started, "starting the upload", scope);
  const Result<std::string> location = resolve_url(start.url, started->header("location"));
  if (!location) return location.error().with("starting the upload at the registry " + impl.address);

  HttpRequest put;
  put.method = "PUT";
  put.url = *location + (location->find('?') == std::string::npos ? "?" : "&") + "digest=" + url_encode(digest.oci());
  put.headers = {"Content-Type: application/octet-stream"};
  put.body_fd = content.fd;
  put.body = content.text;
  put.body_bytes = content.bytes;
  if (progress) put.on_sent = [&](std::uint64_t sent) { return progress(sent, content.bytes); };
  const Result<HttpAnswer> answer = impl.send(put, scope);
  if (answer && answer->status == 201) return {};
  // 404 and 416: the registry has lost the upload (a restart); a new one may work.
  again = worth_a_retry(answer) || (answer && (answer->status == 404 || answer->status == 416));
  if (!again) give_up_upload(impl, *location, scope);
  if (!answer) return answer.error();
  return impl.failure(*answer, "sending " + std::to_string(content.bytes) + " bytes", scope);
}

}  // namespace

Result<std::optional<std::uint64_t>> RegistryClient::blob_bytes(const std::string& repository, const Digest& digest) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  const std::string doing = "looking for blob " + digest.short_hex() + " in " + repository;
  const Scope scope{repository, "pull"};
  const Result<HttpAnswer> answer = impl_->call(impl_->request("HEAD", repository + "/blobs/" + digest.oci()), scope);
  if (!answer) return answer.error().with(doing);
  if (answer->status == 404) return std::optional<std::uint64_t>();
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  return std::optional<std::uint64_t>(number(answer->header("content-length")).value_or(0));
}

Result<bool> RegistryClient::blob_exists(const std::string& repository, const Digest& digest) {
  const Result<std::optional<std::uint64_t>> bytes = blob_bytes(repository, digest);
  if (!bytes) return bytes.error();
  return bytes->has_value();
}

Result<void> RegistryClient::push_blob(const std::string& repository, const Digest& digest, const std::string& file,
                                       const Progress& progress) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return posix_error(errno, "reading " + file);
  const auto bytes = static_cast<std::uint64_t>(info.st_size);
  const Result<bool> there = blob_exists(repository, digest);
  if (!there) return there.error();
  if (!*there) return upload(*impl_, repository, digest, {fd.get(), {}, bytes}, progress);
  if (progress && !progress(bytes, bytes)) return Error{ErrorKind::Cancelled, "cancelled"};
  return {};
}

Result<void> RegistryClient::push_blob_bytes(const std::string& repository, const Digest& digest, std::string_view bytes) {
  const Result<bool> there = blob_exists(repository, digest);
  if (!there) return there.error();
  if (*there) return {};
  return upload(*impl_, repository, digest, {-1, bytes, bytes.size()}, {});
}

Result<void> RegistryClient::mount_blob(const std::string& repository, const Digest& digest, const std::string& from_repository) {
  for (const std::string& name : {repository, from_repository}) {
    if (Result<void> fine = check_repository(name); !fine) return fine;
  }
  const Result<bool> there = blob_exists(repository, digest);
  if (!there) return there.error();
  if (*there) return {};
  const std::string doing = "mounting blob " + digest.short_hex() + " of " + from_repository + " in " + repository;
  const Scope scope{repository, "pull,push"};
  const std::string query = "?mount=" + url_encode(digest.oci()) + "&from=" + url_encode(from_repository);
  const Result<HttpAnswer> answer = impl_->call(impl_->request("POST", repository + "/blobs/uploads/" + query), scope);
  if (!answer) return answer.error().with(doing);
  if (answer->status == 201) return {};
  if (answer->status != 202) return impl_->failure(*answer, doing, scope);
  // The registry does not mount and has started an upload instead.
  if (const Result<std::string> location = resolve_url(impl_->url(repository), answer->header("location")))
    give_up_upload(*impl_, *location, scope);
  return Error{ErrorKind::NotFound, doing + ": the registry " + impl_->address + " does not find it there"};
}

Result<std::uint64_t> RegistryClient::pull_blob(const std::string& repository, const Digest& digest, std::uint64_t bytes_max,
                                                const Sink& sink, const Progress& progress) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  const std::string doing = "pulling blob " + digest.short_hex() + " from " + repository;
  const Scope scope{repository, "pull"};
  Pull pull(bytes_max, sink, progress);
  for (std::uint32_t attempt = 1;; ++attempt) {
    pull.next_attempt();
    HttpRequest request = impl_->request("GET", repository + "/blobs/" + digest.oci());
    request.timeout = Millis{0};
    if (pull.received() > 0) request.headers = {"Range: bytes=" + std::to_string(pull.received()) + "-"};
    request.sink = [&pull](long status, const auto& headers, std::string_view bytes) { return pull.take(status, headers, bytes); };
    const Result<HttpAnswer> answer = impl_->send(request, scope);
    if (answer && (answer->status == 200 || answer->status == 206)) break;
    // All bytes had come when the connection broke: there is nothing after them, and the digest decides.
    if (answer && answer->status == 416 && pull.received() > 0) break;
    if (worth_a_retry(answer) && attempt < impl_->options.attempts_max) {
      impl_->wait_before(attempt);
      continue;
    }
    if (!answer) return answer.error().with(doing);
    return impl_->failure(*answer, doing, scope);
  }
  if (pull.finish() != digest) {
    return Error{ErrorKind::Corrupt, doing + ": what the registry " + impl_->address + " sent has another digest; push it again"};
  }
  return pull.received();
}

Result<std::uint64_t> RegistryClient::pull_blob_to_file(const std::string& repository, const Digest& digest, std::uint64_t bytes_max,
                                                        const std::string& file, const Progress& progress) {
  std::string temporary = file + ".XXXXXX";
  const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return posix_error(errno, "writing " + file);
  const Sink write = [&](std::string_view bytes) -> Result<void> {
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(fd.get(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return posix_error(errno, "writing " + file);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  };
  Result<std::uint64_t> pulled = pull_blob(repository, digest, bytes_max, write, progress);
  if (pulled && ::rename(temporary.c_str(), file.c_str()) != 0) pulled = posix_error(errno, "writing " + file);
  if (!pulled) ::unlink(temporary.c_str());
  return pulled;
}

}  // namespace farm::oci
