#!/usr/bin/env bash
# Builds the playground into dist/, every file gzipped.
# With --check it changes nothing, and fails when dist/ is not what the sources give.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

mode=write
case "${1:-}" in
  '') ;;
  --check) mode=check ;;
  *)
    echo "usage: build.sh [--check]" >&2
    exit 2
    ;;
esac

npm ci --no-audit --no-fund
out=node_modules/.build
rm -rf "$out"
node_modules/.bin/vite build --outDir "$out" --logLevel warn
node pack.js "$mode" "$out" dist
