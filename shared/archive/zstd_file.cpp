#include "shared/archive/zstd_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "shared/hash/sha256.hpp"
#include "shared/snapshot/posix.hpp"

namespace farm::archive {
namespace {

constexpr int kWindowLogMax = 23;  // 8 MiB; level 3 uses 2 MiB

Error zstd_error(ErrorKind kind, const std::string& doing, std::size_t code) { return {kind, doing + ": " + ZSTD_getErrorName(code)}; }

}  // namespace

struct ZstdWriter::State {
  std::string file;
  std::string temporary;
  Fd fd;
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::vector<char> out = std::vector<char>(ZSTD_CStreamOutSize());
  Sha256 hash;
  std::uint64_t bytes = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ZSTD_freeCCtx(context);
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
  Result<void> put(std::string_view compressed);
  Result<void> compress(std::string_view plain, ZSTD_EndDirective mode);
};

Result<void> ZstdWriter::State::put(std::string_view compressed) {
  hash.update(compressed);
  bytes += compressed.size();
  while (!compressed.empty()) {
    const ssize_t wrote = ::write(fd.get(), compressed.data(), compressed.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return posix_error(errno, "writing " + file);
    compressed.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> ZstdWriter::State::compress(std::string_view plain, ZSTD_EndDirective mode) {
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  while (true) {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context, &to, &in, mode);
    if (ZSTD_isError(left) != 0) return zstd_error(ErrorKind::Internal, "compressing " + file, left);
    if (Result<void> done = put({out.data(), to.pos}); !done) return done;
    if (mode == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
  }
}

ZstdWriter::ZstdWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZstdWriter::~ZstdWriter() = default;
ZstdWriter::ZstdWriter(ZstdWriter&&) noexcept = default;
ZstdWriter& ZstdWriter::operator=(ZstdWriter&&) noexcept = default;

Result<ZstdWriter> ZstdWriter::create(const std::string& file, std::uint64_t total, int level) {
  auto state = std::make_unique<State>();
  state->file = file;
  std::string temporary = file + ".XXXXXX";
  state->fd = Fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!state->fd) return posix_error(errno, "writing " + file);
  state->temporary = temporary;
  FARM_ASSERT(state->context != nullptr);
  for (const std::size_t code :
       {ZSTD_CCtx_setParameter(state->context, ZSTD_c_compressionLevel, level),
        ZSTD_CCtx_setParameter(state->context, ZSTD_c_checksumFlag, 1), ZSTD_CCtx_setPledgedSrcSize(state->context, total)}) {
    if (ZSTD_isError(code) != 0) return zstd_error(ErrorKind::Internal, "compressing " + file, code);
  }
  return ZstdWriter(std::move(state));
}

Result<void> ZstdWriter::write(std::string_view bytes) { return state_->compress(bytes, ZSTD_e_continue); }

Result<ZstdWriter::Written> ZstdWriter::finish() {
  if (Result<void> done = state_->compress({}, ZSTD_e_end); !done) return done.error();
  if (::rename(state_->temporary.c_str(), state_->file.c_str()) != 0) return posix_error(errno, "writing " + state_->file);
  state_->temporary.clear();
  return Written{state_->hash.finish(), state_->bytes};
}

struct ZstdReader::State {
  std::string file;
  Fd fd;
  ZSTD_DCtx* context = ZSTD_createDCtx();
  std::vector<char> in = std::vector<char>(ZSTD_DStreamInSize());
  std::vector<char> out = std::vector<char>(ZSTD_DStreamOutSize());
  ZSTD_inBuffer input{nullptr, 0, 0};
  bool input_ended = false;
  bool frame_ended = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeDCtx(context); }
  Result<void> fill();
};

ZstdReader::ZstdReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZstdReader::~ZstdReader() = default;
ZstdReader::ZstdReader(ZstdReader&&) noexcept = default;
ZstdReader& ZstdReader::operator=(ZstdReader&&) noexcept = default;

Result<ZstdReader> ZstdReader::open(const std::string& file) {
  auto state = std::make_unique<State>();
  state->file = file;
  state->fd = Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!state->fd) return posix_error(errno, "reading " + file);
  FARM_ASSERT(state->context != nullptr);
  FARM_ASSERT(ZSTD_isError(ZSTD_DCtx_setParameter(state->context, ZSTD_d_windowLogMax, kWindowLogMax)) == 0);
  return ZstdReader(std::move(state));
}

Result<void> ZstdReader::State::fill() {
  if (input.pos < input.size || input_ended) return {};
  while (true) {
    const ssize_t got = ::read(fd.get(), in.data(), in.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "reading " + file);
    input = {in.data(), static_cast<std::size_t>(got), 0};
    input_ended = got == 0;
    return {};
  }
}

Result<std::string_view> ZstdReader::next() {
  State& s = *state_;
  while (!s.frame_ended) {
    if (Result<void> filled = s.fill(); !filled) return filled.error();
    const bool starved = s.input_ended;
    ZSTD_outBuffer to{s.out.data(), s.out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(s.context, &to, &s.input);
    if (ZSTD_isError(hint) != 0) return zstd_error(ErrorKind::Corrupt, "unpacking " + s.file, hint);
    s.frame_ended = hint == 0;
    if (to.pos > 0) return std::string_view(s.out.data(), to.pos);
    if (starved && !s.frame_ended) return Error{ErrorKind::Corrupt, "unpacking " + s.file + ": it ends too early"};
  }
  if (Result<void> filled = s.fill(); !filled) return filled.error();
  if (s.input.pos < s.input.size) return Error{ErrorKind::Corrupt, "unpacking " + s.file + ": there is something after its end"};
  return std::string_view();
}

}  // namespace farm::archive
