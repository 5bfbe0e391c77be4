#!/usr/bin/env bash
# Show what services.sh says and keep its `export NAME=VALUE` lines for scripts/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
tee build/services.new
grep '^export ' build/services.new >build/services.env
rm build/services.new
