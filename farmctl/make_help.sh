#!/bin/sh
# Writes farmctl's manual pages and completion scripts into this folder. usage: make_help.sh FARMCTL
set -eu
export ASAN_OPTIONS=detect_leaks=0  # of a sanitizer build: leaks are its tests' business
rm -rf man1
"$1" man --directory man1
gzip -9nf man1/*.1
for shell in bash zsh fish; do "$1" completion "$shell" >"farmctl.$shell"; done
touch stamp
