#!/usr/bin/env bash
# Installs what is missing, builds farm and its tests, runs every suite but the benches, and prints one closing line for all of them.
#
#   ./test.sh           everything
#   ./test.sh --quick   the suites that take under 3 minutes together: unit, contract, sim, tidy
#
# Exit: 0 all passed (skipped tests name what they lack), 1 some failed, 2 wrong arguments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
export PATH=$PATH:$HOME/.cargo/bin  # where rustup puts Rust
export FARM_USE_HOST_DOCKER=0  # tests run what farm pins, whatever Docker this machine has
quick=0
case ${1:-} in
  '') ;;
  --quick) quick=1 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
say() { printf '\n==> %s\n' "$*"; }

say "installing what is missing"
if [[ $quick == 1 ]]; then
  tools/install.sh --packages-only --for build,test
else
  tools/install.sh --for build,run,test
  tools/install.sh --compose
  FARM_TOOLS_BIN=$(tools/install.sh --print-bin)
  export FARM_TOOLS_BIN FARM_COMPOSE_ORACLE=$FARM_TOOLS_BIN/docker-compose
fi

say "building"
mkdir -p build
cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
cmake --build --preset release

results=$here/build/results
rm -rf "$results"
mkdir -p "$results"
failed=0

say "suites of ctest"
labels=()
[[ $quick == 1 ]] && labels=(-L '^(unit|contract|sim|tidy)$')
ctest --test-dir build/release --output-on-failure --no-tests=error -j "$(nproc)" --output-junit "$results/ctest.xml" -LE '^bench$' "${labels[@]}" || failed=1

if [[ $quick == 0 ]]; then
  say "end to end, on real hosts"
  FARM_BIN_DIR=$here/build/release/bin python3 -m pytest tests/e2e -q -rs --durations=10 --junitxml="$results/e2e.xml" || failed=1
fi

# One line for all suites. A suite that left no results counts as failed.
python3 tests/support/sum_results.py "$results" "$failed"
