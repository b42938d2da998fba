#!/usr/bin/env bash
# From a fresh Debian 12 machine to a farm that builds: installs what is missing, builds farm, starts a farm on this machine, builds
# examples/market cold, again unchanged, and again after a one-line change, runs each image once, and prints what each build took.
#
#   ./quickstart.sh [--stop]     --stop: stop the farm at the end (else it goes on, and farmctl finds it by itself)
#
# Needs root (packages, BuildKit) and no Docker Hub. What it makes lies in build/, and in farm's folders below the user's cache and state.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
export PATH=$PATH:$HOME/.cargo/bin  # where rustup puts Rust
stop=0
case ${1:-} in
  '') ;;
  --stop) stop=1 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

say() { printf '\n==> %s\n' "$*"; }
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' $((t / 1000)); }
seconds() { printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10)); }

say "installing what is missing"
tools/install.sh --for build,run
FARM_TOOLS_BIN=$(tools/install.sh --print-bin)
export FARM_TOOLS_BIN

say "building farm"
cmake --preset release >build.quickstart.log 2>&1 || { cat build.quickstart.log; exit 1; }
rm -f build.quickstart.log
cmake --build --preset release --target farm-coordinator farm-agent farmctl console
farmctl=$here/build/release/bin/farmctl

# A copy, because the third build changes a file.
project=$here/build/quickstart/market
rm -rf "$project"
mkdir -p "$(dirname "$project")"
cp -a examples/market "$project"
cd "$project"

# A farm that was here before knows results; then the cold build has to be told to forget them.
cold=()
"$farmctl" local status >/dev/null 2>&1 && cold=(--no-cache)

say "starting a farm on this machine"
"$farmctl" local up

build() {  # build NAME OPTIONS…: sets took_ms
  local name=$1 start end
  shift
  say "$name: farmctl submit --parallel all"
  start=$(now_ms)
  "$farmctl" submit --parallel all "$@"
  end=$(now_ms)
  took_ms=$((end - start))
}

build "cold build" "${cold[@]}"
cold_ms=$took_ms
build "the same again, nothing changed"
same_ms=$took_ms
sed -i '0,/^fn main\|^async fn main/s//\/\/ One line of quickstart.sh.\n&/' orchestrator_rust/src/main.rs
build "again, one line changed in orchestrator_rust"
line_ms=$took_ms

say "running each image once"
registry=$("$farmctl" local status | sed -n 's#^registry .*http://\([0-9.:]*\).*#\1#p')
"$here/deploy/local/run-images.sh" "$registry" $(cat "$here/deploy/local/market-requests.txt")

say "what each build took"
printf '%-32s %s\n' "cold" "$(seconds "$cold_ms")" "nothing changed" "$(seconds "$same_ms")" "one line in orchestrator_rust" "$(seconds "$line_ms")"
if [[ $stop == 1 ]]; then
  "$farmctl" local down
else
  printf '\nThe farm goes on. Try `%s ps` in a project, and stop it with `%s local down`.\n' "${farmctl#"$here"/}" "${farmctl#"$here"/}"
fi
