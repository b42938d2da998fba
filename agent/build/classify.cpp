#include "agent/build/classify.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "agent/build/text.hpp"

namespace farm::build {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

struct Sign {
  std::string_view text;  // in lower case
  ErrorKind kind;
  std::string_view advice;
};

constexpr std::string_view kDiskAdvice = "the disk of the host is full: free some space there, or lower BuildKit's cache limit";
constexpr std::string_view kBuildkitAdvice =
    "BuildKit on this host is away or was restarted: see that buildkitd runs and that the agent may use its socket";
constexpr std::string_view kRegistryAdvice = "the registry can't be reached from this host: see that it runs and that its address is right";
constexpr std::string_view kDeniedAdvice =
    "the registry refuses this host: log in there (docker login), or give the agent a DOCKER_CONFIG with a login";
constexpr std::string_view kLimitAdvice = "the registry limits how often this host may ask";
constexpr std::string_view kFullAdvice = "the registry could not store what was pushed: its disk may be full, see its log";

// In BuildKit's or buildx's own text, whatever was being done.
constexpr std::array kAlways = {
    Sign{"no space left on device", ErrorKind::Overloaded, kDiskAdvice},
    Sign{"disk quota exceeded", ErrorKind::Overloaded, kDiskAdvice},
    Sign{"too many open files", ErrorKind::Overloaded, "BuildKit has no file descriptors left: raise its limit"},
    Sign{"cannot allocate memory", ErrorKind::Overloaded, "the host ran out of memory: fewer slots, or more memory"},
    Sign{"input/output error", ErrorKind::Unavailable, "the disk of the host gives errors"},
    Sign{"read-only file system", ErrorKind::Unavailable, "the disk of the host is read-only"},
    Sign{"code = unavailable", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"error reading from server", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"transport is closing", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"error while dialing", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"failed to list workers", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"failed to find driver", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"no builder ", ErrorKind::Unavailable,
         "buildx does not know the agent's builder any more: restart the agent, which makes it again"},
    Sign{"no worker found", ErrorKind::Unavailable, kBuildkitAdvice},
    Sign{"graceful shutdown", ErrorKind::Unavailable, kBuildkitAdvice},
};

// While something was moved to or from a registry.
constexpr std::array kRegistry = {
    Sign{"401 unauthorized", ErrorKind::Denied, kDeniedAdvice},
    Sign{"403 forbidden", ErrorKind::Denied, kDeniedAdvice},
    Sign{"insufficient_scope", ErrorKind::Denied, kDeniedAdvice},
    Sign{"authorization failed", ErrorKind::Denied, kDeniedAdvice},
    Sign{"denied: ", ErrorKind::Denied, kDeniedAdvice},
    Sign{"no basic auth credentials", ErrorKind::Denied, kDeniedAdvice},
    Sign{"507 insufficient storage", ErrorKind::Overloaded, kFullAdvice},
    Sign{"blob upload invalid", ErrorKind::Overloaded, kFullAdvice},
    Sign{"blob upload unknown", ErrorKind::Overloaded, kFullAdvice},
    Sign{"429 too many requests", ErrorKind::Overloaded, kLimitAdvice},
    Sign{"toomanyrequests", ErrorKind::Overloaded, kLimitAdvice},
    Sign{"failed to do request", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"connection refused", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"connection reset", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"broken pipe", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"i/o timeout", ErrorKind::Timeout, kRegistryAdvice},
    Sign{"no such host", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"no route to host", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"network is unreachable", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"tls handshake", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"x509: ", ErrorKind::Denied, "the registry's certificate is not trusted on this host"},
    Sign{"server gave http response to https client", ErrorKind::Denied,
         "the registry speaks http: name it in buildkitd.toml with `http = true`, or give it TLS"},
    Sign{"unexpected eof", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"failed size validation", ErrorKind::Corrupt, "the registry gave bytes of the wrong length"},
    Sign{"unexpected commit digest", ErrorKind::Corrupt, "the registry gave bytes that are not what their digest says"},
    Sign{"unexpected status from", ErrorKind::Unavailable, kRegistryAdvice},
    Sign{"failed to push", ErrorKind::Unavailable, kRegistryAdvice},
};

template <std::size_t N>
const Sign* find_sign(const std::array<Sign, N>& signs, std::string_view lower_text) {
  const auto at = std::find_if(signs.begin(), signs.end(), [&](const Sign& sign) { return contains(lower_text, sign.text); });
  return at == signs.end() ? nullptr : &*at;
}

JobOutcome infra(ErrorKind kind, std::string_view error, std::string_view advice, bool registry_away = false) {
  std::string message = printable(error, kMessageBytesMax - 400);
  if (!advice.empty()) message += " (" + std::string(advice) + ")";
  return InfraFailed{kind, std::move(message), registry_away};
}

// It can't be reached, or has no answer now. An answer below 500 is one, and asking again gives the same.
bool is_away(const Sign& sign, std::string_view lower_text) {
  if (sign.text == "unexpected status from" || sign.text == "failed to push") {
    constexpr std::array kNoAnswers = {"500 internal", "502 bad", "503 service", "504 gateway"};
    return std::any_of(kNoAnswers.begin(), kNoAnswers.end(), [&](std::string_view status) { return contains(lower_text, status); });
  }
  return sign.advice == kRegistryAdvice || sign.advice == kLimitAdvice;
}

// What BuildKit says about a RUN that failed, after the command (which is the user's text and may say anything).
std::optional<std::string> process_part(std::string_view error) {
  constexpr std::string_view kMark = "did not complete successfully: ";
  const std::size_t at = error.rfind(kMark);
  if (!contains(error, "process \"") || at == std::string_view::npos) return std::nullopt;
  return std::string(error.substr(at + kMark.size()));
}

int exit_code_in(std::string_view text) {
  constexpr std::string_view kMark = "exit code: ";
  const std::size_t at = text.find(kMark);
  int code = 1;
  if (at == std::string_view::npos) return code;
  std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), code);
  return code;
}

JobOutcome build_failed(int code, const FailureEvidence& evidence, const std::string& error) {
  std::string message;
  if (!evidence.step.empty()) message = "step \"" + evidence.step + "\" failed: ";
  message += printable(error, 1'000);
  const std::string log = useful_part(evidence.step_log, kMessageBytesMax - std::min(message.size() + 1, kMessageBytesMax));
  if (!log.empty()) message += "\n" + log;
  cut_at_character(message, kMessageBytesMax);
  return BuildFailed{code, std::move(message), tells_of_missing_file(error) || tells_of_missing_file(evidence.step_log)};
}

// A RUN that failed. The host's disk and memory are the farm's; everything else is the build's.
JobOutcome classify_process(const FailureEvidence& evidence, const std::string& error, const std::string& part) {
  const int code = exit_code_in(part);
  const std::string said = lower(part);
  const std::string log = lower(evidence.step_log);
  if (contains(said, "cannot allocate memory"))
    return infra(ErrorKind::Overloaded, error, "the step was killed because the host ran out of memory");
  if (contains(log, "no space left on device")) return infra(ErrorKind::Overloaded, error, kDiskAdvice);
  if (contains(log, "(signal: 9, sigkill: kill)") || code == 137) {
    return infra(ErrorKind::Overloaded, error,
                 "something in the step was killed (SIGKILL): most often the host ran out of memory; fewer slots, or "
                 "more memory");
  }
  if (contains(said, "context canceled") || contains(said, "code = unavailable"))
    return infra(ErrorKind::Unavailable, error, kBuildkitAdvice);
  return build_failed(code, evidence, "exit code: " + std::to_string(code));
}

// True where the failing image is one that the farm named: it was there when the job was assigned.
bool names_farm_image(const FailureEvidence& evidence, const std::string& error) {
  return std::any_of(evidence.farm_images.begin(), evidence.farm_images.end(),
                     [&](const std::string& image) { return contains(error, image); });
}

bool moves_images(const FailureEvidence& evidence, const std::string& lower_error) {
  return contains(lower_error, "failed to push") || contains(lower_error, "failed to resolve source metadata") ||
         contains(lower_error, "failed to copy") || contains(lower_error, "failed to do request") ||
         contains(lower_error, "unexpected status from") || contains(lower_error, "failed to fetch") ||
         contains(evidence.step, "exporting ") || contains(evidence.step, "load metadata for") || contains(evidence.step, "[context ") ||
         contains(evidence.step, "] FROM ") || contains(evidence.step, "cache manifest");
}

}  // namespace

bool tells_of_missing_file(std::string_view text) {
  const std::string said = lower(text);
  return contains(said, "no such file or directory") || contains(said, "failed to calculate checksum of ref") ||
         contains(said, "error[e0583]") || contains(said, "file not found") || contains(said, "kind: notfound") ||
         contains(said, "can't find `");
}

JobOutcome classify_failure(const FailureEvidence& evidence) {
  if (evidence.signal != 0) {
    return InfraFailed{ErrorKind::Unavailable,
                       "buildx was ended by signal " + std::to_string(evidence.signal) + ", which the agent did not send"};
  }
  std::string error = !evidence.final_error.empty() ? evidence.final_error : evidence.step_error;
  if (error.empty()) error = useful_part(evidence.plain_text, 2'000);
  if (error.empty()) {
    return InfraFailed{ErrorKind::Internal, "buildx ended with exit code " + std::to_string(evidence.exit_code) + " and said nothing"};
  }
  if (const std::optional<std::string> part = process_part(error)) return classify_process(evidence, error, *part);

  const std::string said = lower(error);
  // A missing file of the context is named by the user; the text of the error holds his path.
  if (contains(said, "failed to calculate checksum of ref")) return build_failed(1, evidence, error);
  if (contains(said, "parse error on line")) return build_failed(1, evidence, error);
  if (const Sign* sign = find_sign(kAlways, said)) return infra(sign->kind, error, sign->advice);
  if (moves_images(evidence, said)) {
    if (const Sign* sign = find_sign(kRegistry, said)) return infra(sign->kind, error, sign->advice, is_away(*sign, said));
    if (names_farm_image(evidence, error)) {
      return infra(ErrorKind::NotFound, error, "an image that this job builds on has gone from the registry since it was looked up");
    }
    if (contains(evidence.step, "exporting ")) return infra(ErrorKind::Internal, error, "the result could not be exported");
  }
  // buildx waited for BuildKit in vain: nothing was even loaded.
  if (contains(said, "context deadline exceeded")) return infra(ErrorKind::Unavailable, error, kBuildkitAdvice);
  if (contains(said, "context canceled")) return infra(ErrorKind::Unavailable, error, kBuildkitAdvice);
  if (contains(said, "failed to mount") || contains(said, "failed to extract layer") || contains(said, "failed to prepare")) {
    return infra(ErrorKind::Unavailable, error, "BuildKit could not use its own storage");
  }
  return build_failed(1, evidence, error);
}

}  // namespace farm::build
