#!/usr/bin/env bash
# Install mnemic with everything that its tests need. Usage: install_dev.sh PYTHON
# torch comes first and alone, so that pip's configuration decides which build it is; whatever is
# installed after it must leave that build where it is.
set -euo pipefail
cd "$(dirname "$0")/.."
python="$1"
torch="$("$python" - <<'PYTHON'
import tomllib

with open("pyproject.toml", "rb") as file:
    extras = tomllib.load(file)["project"]["optional-dependencies"]
print(next(name for name in extras["llm"] if name.startswith("torch")))
PYTHON
)"
build() {
  "$python" -c 'from importlib.metadata import version; print(version("torch"))'
}
"$python" -m pip install --quiet "$torch"
before="$(build)"
"$python" -m pip install --quiet --editable '.[dev]'
after="$(build)"
if [ "$before" != "$after" ]; then
  echo "installing mnemic replaced torch $before by $after: another requirement wants that one," >&2
  echo "so remove the environment and constrain pip, for instance with PIP_CONSTRAINT" >&2
  exit 1
fi
