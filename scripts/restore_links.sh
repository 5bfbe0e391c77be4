#!/usr/bin/env bash
# Give a checkout that lost its links (zip file, Windows) its src/mnemic entries back.
set -euo pipefail
cd "$(dirname "$0")/.."
for part in api catalogue eval indexes llm memory rag rerank retrieval sdk training; do
  entry="src/mnemic/$part"
  if [ ! -e "$entry/__init__.py" ]; then
    echo "$entry is not a link to $part/: restoring it" >&2
    rm -rf "$entry"
    ln -s "../../$part" "$entry"
  fi
done
