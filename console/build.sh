#!/usr/bin/env bash
# Builds the console, or says why farm goes without it. CMake's target `console` calls this when something in this folder changed.
#
#   console/build.sh WORK OUT   WORK: where a copy of this folder is built and its tests run; OUT: where the finished files go
#
# Packages are those of package-lock.json, kept in the user's cache under the lock's hash: a second build needs no network.
# Exit: 0 built, or left out and said so (no Node.js, no npm, no registry); 1 the console's own code is wrong.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${1:?the folder to work in} out=${2:?the folder for the finished files}

without() {
  printf 'console: not built: %s. farm works without it; the coordinator says so at /.\n' "$*" >&2
  exit 0
}

packages() {
  local root=${XDG_CACHE_HOME:-$HOME/.cache}/farm/console hash part
  hash=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c1-16)
  mkdir -p "$root"
  exec 9>"$root/lock"
  flock 9
  if [[ ! -d $root/$hash/node_modules ]]; then
    part=$(mktemp -d "$root/part.XXXXXX")
    cp "$here/package.json" "$here/package-lock.json" "$part/"
    if ! (cd "$part" && timeout 600 npm ci --no-audit --no-fund --ignore-scripts --fetch-retries=1 --fetch-timeout=30000) \
      >"$part/npm.log" 2>&1; then
      tail -n 5 "$part/npm.log" >&2
      rm -rf "$part"
      without "npm ci failed (its last lines are above)"
    fi
    mv "$part" "$root/$hash"
  fi
  exec 9>&-
  rm -rf "$work/node_modules"
  ln -s "$root/$hash/node_modules" "$work/node_modules"
}

command -v node >/dev/null || without "Node.js 20.19 or later is missing"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  without "Node.js 20.19 or later is needed, and this is $(node --version)"
command -v npm >/dev/null || without "npm is missing"

mkdir -p "$work"
packages
for name in src tests dev public; do
  rm -rf "${work:?}/$name"
  cp -r "$here/$name" "$work/$name"
done
cp "$here"/package.json "$here"/tsconfig.json "$here"/index.html "$here"/vite*.ts "$work/"

cd "$work"
node_modules/.bin/tsc --noEmit
node_modules/.bin/vite build --outDir dist.new --logLevel warn
# Put in place as a whole: a coordinator may be reading it.
mkdir -p "$(dirname "$out")"
rm -rf "$out.old"
[[ ! -e $out ]] || mv "$out" "$out.old"
mv dist.new "$out"
rm -rf "$out.old"
