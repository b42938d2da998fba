#!/usr/bin/env bash
# Installs what the farm needs on a Debian 12 machine. Safe to run again and by several at once; says nothing that is
# not new, and changes nothing that is already there.
#
#   tools/install.sh [--for build,run,test]   Debian packages of these sets (all three by default), then the tools
#   tools/install.sh --packages-only [--for …] Debian packages alone
#   tools/install.sh --tools-only             BuildKit, buildx and cargo-chef alone, no package manager
#   tools/install.sh --compose                docker compose as an oracle for tests
#   tools/install.sh --engine                 a Docker Engine that is newer than Debian's, for tests
#   tools/install.sh --print-bin [--no-buildkit]  the folder of the tools, on standard output; makes them if need be
#   tools/install.sh --print-packages [--for …] the names of the packages
#
# The tools are built from the versions pinned in tools/go.mod into the user's cache, under the hash of the pins.
# Where there is no Go that is new enough, one comes from the module proxy into the same cache; where there is no Rust,
# Debian's is installed, else rustup's.
# Where this machine's own `docker buildx` is recent enough, farm uses that instead of building one; FARM_USE_HOST_DOCKER=0
# keeps to farm's own, =1 fails where there is none. BuildKit itself is farm's own all the same: see `farmctl local up --buildkit`.
# Exit: 0 done, 1 something could not be installed, 2 wrong arguments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/farm/tools
chef_version=0.1.77
# The oldest that farm was tried with. 0.28 was the first that tells in JSON what its cache holds (`du --format json`).
min_buildx=0.29.1
engine_version=29.0.0  # what github.com/moby/moby/v2 v2.0.0-beta calls itself when it is released
buildx_package=github.com/docker/buildx/cmd/buildx
buildkit_packages=(github.com/moby/buildkit/cmd/buildkitd github.com/moby/buildkit/cmd/buildctl)
min_go=1.26
go_version=1.26.8
declare -A go_sha256=([amd64]=30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7
  [arm64]=02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99)
min_rust=1.86
rust_version=1.95.0
rustup_version=1.28.2

# Packages by what they are for. `run` is what a farm needs to build images; `build` compiles the farm itself.
packages_build=(build-essential cmake ninja-build pkg-config ccache mold git capnproto
  libzmq3-dev cppzmq-dev libcapnp-dev libyaml-cpp-dev librocksdb-dev libspdlog-dev prometheus-cpp-dev libgtest-dev
  libbenchmark-dev librapidcheck-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libcurl4-openssl-dev
  libarchive-dev libzstd-dev libssl-dev libcpp-httplib-dev)
packages_run=(docker-registry prometheus runc debootstrap zstd jq curl ca-certificates iproute2 unzip python3)
packages_test=(docker.io prometheus python3 python3-jsonschema python3-pytest python3-yaml openssh-client groff-base man-db zsh fish
  clang-format-19 clang-tidy-19
  ansible-core ansible-lint lintian chromium fonts-dejavu-core)

say() { printf 'install: %s\n' "$*" >&2; }
fail() {
  printf 'install: error: %s\n' "$*" >&2
  exit 1
}

# --- Debian packages ---------------------------------------------------------------------------------------------

names_of_sets() {
  local set
  for set in ${1//,/ }; do
    case $set in
      build) printf '%s\n' "${packages_build[@]}" ;;
      run) printf '%s\n' "${packages_run[@]}" ;;
      test) printf '%s\n' "${packages_test[@]}" ;;
      *) printf 'install: error: --for takes build, run and test, not `%s`\n' "$set" >&2 && exit 2 ;;
    esac
  done
}

missing_of() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

# A package installed in a container without init must not start its service: the farm starts what it needs by itself.
with_services_held() {
  local policy=/usr/sbin/policy-rc.d held=0 status=0
  if [[ ! -e $policy && ! -d /run/systemd/system ]]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod +x "$policy" && held=1
  fi
  "$@" || status=$?
  [[ $held == 0 ]] || $sudo rm -f "$policy"
  return "$status"
}

apt() {
  local log status=0
  log=$(mktemp)
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 || status=$?
  [[ $status == 0 ]] || tail -n 20 "$log" >&2
  rm -f "$log"
  return "$status"
}

install_packages() {
  local wanted missing
  names_of_sets "$1" >/dev/null || exit 2
  command -v apt-get >/dev/null || fail "this is not Debian: install what --print-packages lists yourself"
  mapfile -t wanted < <(names_of_sets "$1")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ -z $sudo ]] || sudo -n true 2>/dev/null || fail "as root: apt-get install ${missing[*]}"
  mkdir -p "$cache"
  exec 8>"$cache/packages.lock"
  flock 8
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  apt update || say "apt-get update failed; trying with the lists that are there"
  with_services_held apt install --no-install-recommends "${missing[@]}" ||
    fail "apt-get install failed; its last lines are above"
  exec 8>&-
}

# --- Go tools ----------------------------------------------------------------------------------------------------

hash_of_pins() { cat "$1/go.mod" "$1/go.sum" | sha256sum | cut -c1-16; }

version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# Prints a Go that can build the tools: one that is new enough, or one that may fetch such a Go by itself.
find_go() {
  local go version
  for go in go /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    command -v "$go" >/dev/null || continue
    version=$("$go" env GOVERSION 2>/dev/null | sed 's/^go//; s/ .*//')
    if version_at_least "$version" "$min_go" || { version_at_least "$version" 1.21 && toolchain_comes "$go"; }; then
      command -v "$go"
      return 0
    fi
  done
  return 1
}

toolchain_comes() { (cd "$here" && GOTOOLCHAIN=auto "$1" version >/dev/null 2>&1); }

require_go() {
  find_go || fetched_go ||
    fail "BuildKit and buildx are built with Go >= $min_go, and there is none, nor did one come from $(go_proxy): unpack
a Go release to /usr/local/go, or set GOPROXY to a module proxy that this machine reaches"
}

# The first proxy of GOPROXY that has an address.
go_proxy() {
  local proxy proxies=${GOPROXY:-}
  for proxy in ${proxies//[,|]/ }; do
    case $proxy in http://* | https://* | file://*) printf '%s\n' "${proxy%/}" && return 0 ;; esac
  done
  printf 'https://proxy.golang.org\n'
}

# Prints the Go release that the module proxy has as a module of its own, unpacked in the cache.
fetched_go() {
  local arch root=$cache/go-$go_version part name
  case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) return 1 ;; esac
  if [[ ! -x $root/bin/go ]]; then
    command -v curl >/dev/null && command -v unzip >/dev/null || return 1
    say "fetching Go $go_version from $(go_proxy) (70 MB, once)"
    part=$(mktemp -d "$cache/part.XXXXXX")
    name=golang.org/toolchain@v0.0.1-go$go_version.linux-$arch
    fetch "$(go_proxy)/golang.org/toolchain/@v/${name#*@}.zip" "${go_sha256[$arch]}" "$part/go.zip" &&
      unzip -q "$part/go.zip" -d "$part" && chmod +x "$part/$name"/bin/* "$part/$name"/pkg/tool/*/* &&
      mv -T "$part/$name" "$root" || { rm -rf "$part" && return 1; }
    rm -rf "$part"
  fi
  printf '%s\n' "$root/bin/go"
}

# $1 address, $2 SHA-256, $3 file
fetch() {
  curl -fsSL --retry 3 --connect-timeout 20 -o "$3" "$1" || { say "$1 can't be fetched" && return 1; }
  sha256sum --status -c <<<"$2  $3" || { say "$1 is not what it was when it was pinned (SHA-256)" && return 1; }
}

# These programs tell their version only if the linker is told: $1 folder with go.mod, $2 a module, $3 the package that holds it.
version_flag() { printf -- "-X $3.Version=%s" "$(awk -v m="$2" '$1 == m {print $2; exit}' "$1/go.mod")"; }

# $1 folder with go.mod, $2 where the programs go, the rest: packages
build_go_tools() {
  local module=$1 bin=$2 go part flags
  shift 2
  go=$(require_go)
  flags="-s -w $(version_flag "$module" github.com/moby/buildkit github.com/moby/buildkit/version)"
  flags+=" $(version_flag "$module" github.com/docker/buildx github.com/docker/buildx/version)"
  flags+=" -X github.com/moby/moby/v2/dockerversion.Version=$engine_version"
  part=$(mktemp -d "$cache/part.XXXXXX")
  (cd "$module" && GOTOOLCHAIN=auto GOFLAGS=-buildvcs=false CGO_ENABLED=0 "$go" build -trimpath -ldflags "$flags" \
    -o "$part/" "$@") || { rm -rf "$part" && fail "go build failed in $module; its message is above"; }
  mkdir -p "$bin"
  mv "$part"/* "$bin"/
  rmdir "$part"
}

# Both at once where both are missing: they are built from the same modules.
buildx_tool() {
  [[ -x $own_bin/buildx ]] && return 0
  local packages=("$buildx_package")
  [[ $with_buildkit == 0 ]] || packages+=("${buildkit_packages[@]}")
  say "building ${packages[*]##*/} (about 2 minutes, once per version)"
  build_go_tools "$here" "$own_bin" "${packages[@]}"
  for_docker_client
}

buildkit_tools() {
  if [[ ! -x $own_bin/buildkitd || ! -x $own_bin/buildctl ]]; then
    say "building ${buildkit_packages[*]##*/} (about a minute, once per version)"
    build_go_tools "$here" "$own_bin" "${buildkit_packages[@]}"
  fi
  [[ $bin == "$own_bin" ]] || { link_to "$own_bin/buildkitd" "$bin/buildkitd" && link_to "$own_bin/buildctl" "$bin/buildctl"; }
}

# `docker buildx` looks for its plugins in DOCKER_CONFIG/cli-plugins: programs that start buildx directly don't need it.
for_docker_client() {
  mkdir -p "$own_bin/cli-plugins"
  ln -sfn ../buildx "$own_bin/cli-plugins/docker-buildx"
}

compose_tool() {
  local module=$here/compose target
  target=$cache/compose-$(hash_of_pins "$module")/bin
  if [[ ! -x $target/docker-compose ]]; then
    say "building docker compose, an oracle for tests (about 2 minutes, once per version)"
    build_go_tools "$module" "$target" github.com/docker/compose/v2/cmd
    mv "$target/cmd" "$target/docker-compose"
  fi
  link_to "$target/docker-compose" "$bin/docker-compose"
}

engine_tool() {
  local module=$here/engine target
  target=$cache/engine-$(hash_of_pins "$module")/bin
  if [[ ! -x $target/dockerd ]]; then
    say "building Docker Engine ${engine_version%%.*}, for tests (about 3 minutes, once per version)"
    build_go_tools "$module" "$target" github.com/moby/moby/v2/cmd/dockerd
  fi
  # Not by its own name: Debian's older one must be found where somebody looks for dockerd.
  link_to "$target/dockerd" "$bin/dockerd-${engine_version%%.*}"
}

# Leaves a link that is right alone: another process may be starting the program at this moment.
link_to() { [[ $(readlink "$2") == "$1" ]] || ln -sfn "$1" "$2"; }

# --- cargo-chef --------------------------------------------------------------------------------------------------

# Rust: what is there, else Debian's own package where it is recent enough, else rustup's.
require_cargo() {
  command -v cargo >/dev/null && command -v rustc >/dev/null && return 0
  debian_rust || rustup_rust ||
    fail "Rust >= $min_rust is missing: install it with rustup (https://rustup.rs), put cargo in PATH, then run this again"
}

debian_rust() {
  local candidate
  [[ $packages == 1 ]] && command -v apt-cache >/dev/null || return 1
  candidate=$(apt-cache policy cargo-web | awk '$1 == "Candidate:" {print $2}')
  [[ $candidate == [0-9]* ]] && version_at_least "$candidate" "$min_rust" || return 1
  say "installing Debian's Rust $candidate"
  with_services_held apt install --no-install-recommends rustc-web cargo-web
}

rustup_rust() {
  local arch part sum
  arch=$(uname -m)
  case $arch in
    x86_64) sum=20a06e644b0d9bd2fbdbfd52d42540bdde820ea7df86e92e533c073da0cdd43c ;;
    aarch64) sum=e3853c5a252fca15252d07cb23a1bdd9377a8c6f3efa01531109281ae47f841c ;;
    *) return 1 ;;
  esac
  command -v curl >/dev/null || return 1
  say "installing Rust $rust_version with rustup into $HOME/.cargo"
  part=$(mktemp -d "$cache/part.XXXXXX")
  fetch "https://static.rust-lang.org/rustup/archive/$rustup_version/$arch-unknown-linux-gnu/rustup-init" "$sum" "$part/rustup-init" &&
    chmod +x "$part/rustup-init" &&
    "$part/rustup-init" -y -q --profile minimal --default-toolchain "$rust_version" --no-modify-path >&2 ||
    { rm -rf "$part" && return 1; }
  rm -rf "$part"
}

chef_tool() {
  local root=$cache/cargo-chef-$chef_version
  if [[ ! -x $root/bin/cargo-chef ]]; then
    require_cargo
    say "building cargo-chef $chef_version (about 2 minutes, once)"
    CARGO_TARGET_DIR=$root/target cargo install --quiet cargo-chef --version "$chef_version" --locked --root "$root" ||
      fail "cargo install cargo-chef failed; its message is above"
    rm -rf "$root/target"
  fi
  link_to "$root/bin/cargo-chef" "$bin/cargo-chef"
}

# --- the host's Docker -------------------------------------------------------------------------------------------

# Prints the version of this machine's `docker buildx`, where it is recent enough.
host_buildx() {
  local version
  version=$(docker buildx version 2>/dev/null </dev/null | awk 'NR == 1 {print $2}') || return 1
  version=${version#v}
  [[ $version == [0-9]* ]] && version_at_least "$version" "$min_buildx" || return 1
  printf '%s\n' "$version"
}

# Sets `bin` to where the tools are: with this machine's buildx, or with farm's own beside BuildKit.
choose_bin() {
  local version=
  own_bin=$cache/$(hash_of_pins "$here")/bin
  bin=$own_bin
  [[ ${FARM_USE_HOST_DOCKER:-auto} == 0 ]] || version=$(host_buildx) || version=
  if [[ -n $version ]]; then
    bin=${own_bin%/bin}/host-docker/bin
  elif [[ ${FARM_USE_HOST_DOCKER:-auto} == 1 ]]; then
    fail "FARM_USE_HOST_DOCKER=1, but here is no \`docker buildx\` $min_buildx or later"
  fi
}

# A small program in place of the one from go.mod: Docker's client knows where its plugins are.
take_host_buildx() {
  [[ -x $bin/buildx ]] && return 0
  say "using this machine's \`docker buildx\` (FARM_USE_HOST_DOCKER=0: farm's own)"
  printf '#!/bin/sh\nexec docker buildx "$@"\n' >"$bin/buildx.part"
  chmod +x "$bin/buildx.part"
  mv "$bin/buildx.part" "$bin/buildx"
}

install_tools() {
  mkdir -p "$bin"
  exec 9>"$cache/lock"
  flock 9
  if [[ $bin == "$own_bin" ]]; then
    buildx_tool
  else
    take_host_buildx
  fi
  [[ $with_buildkit == 0 ]] || buildkit_tools
  [[ $with_chef == 0 ]] || chef_tool
  [[ $with_compose == 0 ]] || compose_tool
  [[ $with_engine == 0 ]] || engine_tool
  exec 9>&-
}

# --- arguments ---------------------------------------------------------------------------------------------------

arguments() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --for) sets=${2:?--for needs build, run or test} && shift ;;
      --for=*) sets=${1#--for=} ;;
      --packages-only) tools=0 ;;
      --tools-only) packages=0 ;;
      --compose) packages=0 with_compose=1 ;;
      --engine) packages=0 with_engine=1 ;;
      --no-buildkit) with_buildkit=0 ;;
      --print-bin) packages=0 print_bin=1 ;;
      --print-packages) names_of_sets "$sets" && exit 0 ;;
      -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 0 ;;
      *) printf 'install: error: unknown argument `%s`; see --help\n' "$1" >&2 && exit 2 ;;
    esac
    shift
  done
}

main() {
  sets=build,run,test packages=1 tools=1 with_chef=1 with_compose=0 with_engine=0 with_buildkit=1 print_bin=0
  arguments "$@"
  sudo=
  PATH=$PATH:$HOME/.cargo/bin  # where rustup puts Rust
  [[ $EUID == 0 ]] || sudo=sudo
  [[ $packages == 0 ]] || install_packages "$sets"
  choose_bin
  [[ $tools == 0 ]] || install_tools
  [[ $print_bin == 0 ]] || printf '%s\n' "$bin"
}

# One line, so that the shell has read all of it before a long installation: the file may change meanwhile.
{ main "$@"; exit; }
