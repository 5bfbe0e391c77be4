#!/usr/bin/env bash
# Make a virtual environment, or say what the machine lacks. Usage: make_venv.sh PYTHON FOLDER
set -euo pipefail
python="$1" folder="$2"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "mnemic needs Python 3.11 or newer and '$python' is not: run make PYTHON=python3.11 ..." >&2
  exit 1
fi
if ! command -v "${CXX:-c++}" >/dev/null; then
  echo "mnemic needs a C++ compiler: install g++ or clang, or set CXX" >&2
  exit 1
fi
if ! "$python" -m venv "$folder"; then
  rm -rf "$folder"
  echo "'$python -m venv' failed: on Debian and Ubuntu, apt-get install python3-venv" >&2
  exit 1
fi
if ! "$folder/bin/python" -c \
  'import os, sys, sysconfig as s; sys.exit(not os.path.exists(s.get_paths()["include"] + "/Python.h"))'
then
  rm -rf "$folder"
  echo "'$python' has no C headers: on Debian and Ubuntu, apt-get install python3-dev" >&2
  exit 1
fi
