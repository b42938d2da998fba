#!/usr/bin/env bash
# clang-tidy over the product's sources by .clang-tidy, on all cores. Takes about a quarter of an hour on two; not part of ./test.sh.
#   tests/tidy/clang_tidy.sh [BUILD_DIRECTORY]      default: build/release, which must be configured
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git ls-files 'shared/*.cpp' 'coordinator/*.cpp' 'agent/*.cpp' 'farmctl/*.cpp' |
  xargs -P "$(nproc)" -n 4 clang-tidy-19 -p "${1:-build/release}" --quiet 2>/dev/null
