// Runs a fuzz target without libFuzzer: every file of the corpus as it is, and each some hundred times with random
// damage. Usage: fuzz_x DIR [SEED]. The seed is printed, so that a crash can be replayed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "shared/base/random.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kDamagesPerFile = 400;

void run(const std::string& bytes) {
  // A copy of exactly this length on the heap: a read past the end is seen by the sanitizer.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string damaged(std::string bytes, farm::Rng& rng) {
  for (std::uint64_t count = 1 + rng.below(4); count > 0; --count) {
    const auto at = static_cast<std::size_t>(rng.below(bytes.size() + 1));
    switch (rng.below(4)) {
      case 0: bytes.resize(at); break;
      case 1: bytes.insert(at, 1, static_cast<char>(rng.below(256))); break;
      case 2: bytes.insert(at, bytes.substr(at / 2, 16)); break;
      default:
        if (at < bytes.size()) bytes[at] = static_cast<char>(rng.below(256));
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s CORPUS_DIR [SEED]\n", argv[0]), 2;
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  farm::Rng rng(seed);
  std::size_t files = 0;
  run("");
  std::vector<std::filesystem::path> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) corpus.push_back(entry.path());
  std::sort(corpus.begin(), corpus.end());
  for (const std::filesystem::path& path : corpus) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    run(text.str());
    for (int i = 0; i < kDamagesPerFile; ++i) run(damaged(text.str(), rng));
    ++files;
  }
  std::printf("%zu files replayed\n", files);
  return files > 0 ? 0 : 1;  // an empty corpus would check nothing
}
