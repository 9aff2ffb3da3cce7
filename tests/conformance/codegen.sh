#!/usr/bin/env bash
# Generates a typed client from the schema and the playground's examples, as a TypeScript storefront does, and compiles it
# in strict mode. Writes to `generated/`, which is not committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

npm ci
rm -rf generated
node_modules/.bin/graphql-codegen --config codegen.config.mjs --silent
node codegen.examples.mjs
node_modules/.bin/tsc --project .
