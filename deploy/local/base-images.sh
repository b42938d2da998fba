#!/usr/bin/env bash
# Makes stand-ins for base images where Docker Hub cannot be reached, and pushes them to a registry without TLS.
#
#   deploy/local/base-images.sh REGISTRY IMAGE:TAG…
#   deploy/local/base-images.sh --probe          exit 0: stand-ins are needed here, 3: they are not
#
# REGISTRY is host:port. IMAGE:TAG as Dockerfiles name it: debian, rust or lukemathwalker/cargo-chef of Docker Hub. A
# BuildKit with REGISTRY as its docker.io mirror then resolves an ordinary FROM. Standard output has one line for each
# image that was pushed: `library/debian:bookworm-slim sha256:…`; nothing where no stand-ins are needed.
#
# What they are made of: debootstrap, this machine's Rust toolchain and CA bundle, cargo-chef. The layers are kept under
# the user's cache folder: the first run takes a minute or two, later ones a second, with the same digests.
#
# FARM_STANDINS=auto|always|never   auto (the default) makes them only if Docker Hub does not answer
# Exit: 0 done or not needed, 1 failed (the reason is on standard error), 2 wrong arguments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/farm/standins

if [[ $# -lt 2 && ${1:-} != --probe ]]; then
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
command -v python3 >/dev/null || { printf 'base-images: error: python3 is missing\n' >&2 && exit 1; }
probe=0
python3 "$here/base_images.py" --probe || probe=$?
[[ $1 != --probe && $probe != 3 ]] || exit "$((probe == 3 && $# > 1 ? 0 : probe))"
[[ $probe == 0 ]] || exit "$probe"

for program in debootstrap zstd rustc; do
  command -v "$program" >/dev/null && continue
  remedy='run tools/install.sh --for run'
  [[ $program != rustc ]] || remedy='install Rust with rustup'
  printf 'base-images: error: %s is missing: %s\n' "$program" "$remedy" >&2
  exit 1
done
chef=
for reference in "${@:2}"; do
  [[ $reference != *cargo-chef* ]] || chef=$("$here/../../tools/install.sh" --print-bin)/cargo-chef
done
FARM_STANDINS=always exec python3 "$here/base_images.py" --cache "$cache" --cargo-chef "$chef" "$@"
