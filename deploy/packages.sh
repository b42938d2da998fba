#!/usr/bin/env bash
# Builds farm's Debian packages.
#
#   deploy/packages.sh [--build FOLDER] [--out FOLDER] [--release N] [--no-buildkit]
#
# --build    the build folder (default: build/release), configured with the preset `release` if it isn't there
# --out      where the packages go (default: build/packages)
# --release  the Debian revision (default: 1): raise it to ship the same version again
# --no-buildkit  without farm-buildkit, which needs BuildKit and buildx from tools/install.sh
# Prints the packages' paths. Exit: 0 done, 1 failed, 2 wrong arguments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$here/build/release out=$here/build/packages release=1 buildkit=1
while [[ $# -gt 0 ]]; do
  case $1 in
    --build) build=$(realpath -m "${2:?--build needs a folder}") && shift ;;
    --out) out=$(realpath -m "${2:?--out needs a folder}") && shift ;;
    --release) release=${2:?--release needs a number} && shift ;;
    --no-buildkit) buildkit=0 ;;
    *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
  shift
done

tools=
[[ $buildkit == 0 ]] || tools=$(FARM_USE_HOST_DOCKER=0 "$here/tools/install.sh" --print-bin)  # the programs themselves are shipped
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; }

cd "$here"
if [[ -f $build/CMakeCache.txt ]]; then
  quietly cmake -DFARM_TOOLS_BIN="$tools" "$build"
else
  quietly cmake --preset release -B "$build" -DFARM_TOOLS_BIN="$tools"
fi
# The console only where it can be built; it is left out, and said so, where not.
targets=(farm-coordinator farm-agent farmctl farmctl_help)
[[ $(cmake --build "$build" --target help) != *console:* ]] || targets+=(console)
quietly cmake --build "$build" --target "${targets[@]}"
grep '^console: ' "$log" >&2 || true
rm -rf "$out"
mkdir -p "$out"
quietly cpack --config "$build/CPackConfig.cmake" -G DEB -B "$out" -D CPACK_DEBIAN_PACKAGE_RELEASE="$release"
rm -rf "$out/_CPack_Packages"
ls "$out"/*.deb
