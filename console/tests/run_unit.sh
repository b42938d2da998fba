#!/usr/bin/env bash
# Runs the console's unit tests where build.sh put its copy. Skipped, with what is missing, where the console was not built.
set -euo pipefail

work=${1:?the folder of the built copy}
[[ -e $work/node_modules/.bin/vite ]] || { echo "skipped: no console in $work: it takes Node.js 20.19 or later and npm"; exit 0; }
cd "$work"
node_modules/.bin/vite build --config vite.tests.config.ts --logLevel warn
exec node --test build/tests/
