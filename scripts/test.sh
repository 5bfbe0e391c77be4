#!/usr/bin/env bash
# Run the tests with the services of `make services`, two at a time, one thread each.
# Arguments go to pytest. PYTHON_BIN: bin folder of the environment; JUNIT: where the results go.
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${PYTHON_BIN:-.venv/bin}"
junit="${JUNIT:-build/test.xml}"
seed="${SEED:-$RANDOM}"
if [ -z "${MNEMIC_TEST_POSTGRES:-}" ] && [ -f build/services.env ]; then
  source build/services.env
fi
if [ -n "${MNEMIC_TEST_POSTGRES:-}" ] && ! "$bin/python" -m scripts.reachable "$MNEMIC_TEST_POSTGRES"; then
  echo "PostgreSQL does not answer at $MNEMIC_TEST_POSTGRES: run 'make services'; its tests skip" >&2
  unset MNEMIC_TEST_POSTGRES
fi
export OMP_NUM_THREADS=1
rm -f "$junit"
echo "hypothesis seed $seed (repeat with SEED=$seed)"
exec "$bin/python" -m pytest -n "${WORKERS:-2}" --junitxml="$junit" --hypothesis-seed="$seed" "$@"
