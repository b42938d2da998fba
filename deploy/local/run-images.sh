#!/usr/bin/env bash
# Pulls images from a registry without TLS, runs each once, sends it one request, and says what it answered.
#
#   deploy/local/run-images.sh REGISTRY IMAGE[=PATH]…
#   deploy/local/run-images.sh 127.0.0.1:5000 $(cat deploy/local/market-requests.txt)
#
# IMAGE is name:tag or name@digest in that registry; PATH is what is asked (/health by default). The container shares
# this machine's network and is told a free port in PORT. Docker runs it where an engine answers, else runc (as root).
# FARM_RUNTIME=auto|docker|runc chooses.
# Exit: 0 each image answered with 200, 1 one did not (its log is shown), 2 wrong arguments.
set -euo pipefail

if [[ $# -lt 2 ]]; then
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
exec python3 "$(dirname "${BASH_SOURCE[0]}")/run_images.py" "$@"
