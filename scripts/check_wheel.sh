#!/usr/bin/env bash
# Build the wheel, install it alone in a new environment, and use it from outside the tree:
# three documents are added and searched through the SDK and the CLI.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
scripts/restore_links.sh
scripts/make_venv.sh "${PYTHON:-python3}" "$work/venv"
"$work/venv/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work/wheel" "$root"
"$work/venv/bin/python" -m pip install --quiet "$work"/wheel/mnemic-*.whl
if unzip -l "$work"/wheel/mnemic-*.whl 2>/dev/null | grep -E '/native/|\.cpp$|\.hpp$'; then
  echo "C++ sources are in the wheel" >&2
  exit 1
fi
cd "$work"
unset PYTHONPATH
# Without a model a search is by words alone, whatever this machine has pulled.
export MNEMIC_CACHE="$work/cache"
"$work/venv/bin/python" - "$root" <<'PYTHON'
import sys
from pathlib import Path

import mnemic

assert not Path(mnemic.__file__).is_relative_to(sys.argv[1]), mnemic.__file__
with mnemic.open("store") as database:
    letters = database.collection("letters", create=True)
    texts = {"a": "a fox by the river", "b": "a red fox", "c": "boats on the river at night"}
    letters.add([mnemic.Document(id=name, text=text) for name, text in texts.items()])
    assert {hit.id for hit in letters.search("river", k=10)} == {"a", "c"}
PYTHON
"$work/venv/bin/mnemic" search store --collection letters "red fox" -k 1 --json >hits.json
grep -q '"b"' hits.json
echo "the wheel works outside the tree"
