#!/usr/bin/env bash
# Build the native core under AddressSanitizer and UBSan, beside the normal install, and fuzz it.
# PYTHON_BIN: bin folder of the environment. Arguments go to scripts/fuzz.py.
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${PYTHON_BIN:-.venv/bin}"
build="build/fuzz"
cxx="${CXX:-c++}"

runtime() {  # the path of a shared library that the compiler links
  local found
  found="$("$cxx" -print-file-name="$1")"
  if [ ! -e "$found" ]; then
    echo "$cxx has no $1: install gcc's sanitizers, or set CXX=g++" >&2
    exit 1
  fi
  echo "$found"
}
asan="$(runtime libasan.so)"
# Without it in the process from the start, AddressSanitizer cannot follow C++ exceptions.
libstdcxx="$(runtime libstdc++.so)"

isolation=()
if "$bin/python" -c 'import nanobind, scikit_build_core' 2>/dev/null; then
  isolation=(--no-build-isolation)  # the paths stay the same, so only what changed is compiled
fi
"$bin/python" -m pip install --quiet --no-deps --upgrade --target "$build/site" "${isolation[@]}" \
  --config-settings=cmake.define.MNEMIC_SANITIZE=ON \
  --config-settings=cmake.build-type=Debug \
  --config-settings=cmake.define.CMAKE_CXX_FLAGS_DEBUG=-O1 \
  --config-settings=build-dir="$build/cmake" .

packages="$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"
# -S leaves out .pth files, and so the editable install, which would come first.
PYTHONPATH="$build/site:$packages" PYTHONMALLOC=malloc OMP_NUM_THREADS=1 \
  LD_PRELOAD="$asan:$libstdcxx" \
  ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:abort_on_error=0" \
  UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1" \
  "$bin/python" -S -m scripts.fuzz "$@"
