"""What an import costs: a child process says which modules it loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEVER = ("torch", "transformers", "faiss", "fastapi")
# What runs models, here or elsewhere, and reads their files.
RUNTIMES = (
    *("sentence_transformers", "onnxruntime", "onnx", "tokenizers", "safetensors"),
    *("huggingface_hub", "gguf", "httpx"),
)
LATER = ("sqlalchemy", "alembic", "scipy", "matplotlib", "ir_measures", "jinja2", "pyarrow", "rich")
TELL = "; import json, sys; print(json.dumps(sorted({n.split('.')[0] for n in sys.modules})))"


def loaded(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a child process holds after running some code."""
    child = [sys.executable, "-c", code + TELL, *arguments]
    result = subprocess.run(child, capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def after_import() -> set[str]:
    return loaded("import mnemic")


@pytest.mark.parametrize("name", [*NEVER, *RUNTIMES, *LATER, "numpy", "click"])
def test_import_mnemic_does_not_load(after_import: set[str], name: str) -> None:
    assert "mnemic" in after_import
    assert name not in after_import


@pytest.mark.parametrize("part", ["retrieval", "indexes", "llm", "rerank", "eval"])
def test_parts_without_a_catalogue_do_not_load_sql(part: str) -> None:
    found = loaded(f"import mnemic; mnemic.{part}")
    assert not found & {*NEVER, *RUNTIMES, "sqlalchemy", "alembic"}


def test_a_search_loads_only_what_it_needs(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    filling = (
        "import mnemic, sys\n"
        "with mnemic.open(sys.argv[1]) as database:\n"
        "    letters = database.collection('letters', create=True)\n"
        "    letters.add([mnemic.Document(id='a', text='a red fox')])\n"
        "pass"
    )
    asking = (
        "import sys\n"
        "from mnemic.api.cli import main\n"
        "sys.argv = ['mnemic', 'search', sys.argv[1], '-c', 'letters', 'fox', '--json']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as done:\n"
        "    assert not done.code\n"
        "pass"
    )
    loaded(filling, store)
    found = loaded(asking, store)
    assert not found & {*NEVER, *RUNTIMES}
    assert not found & {"scipy", "matplotlib", "ir_measures", "jinja2", "pyarrow"}
    assert "alembic" not in found, "migrations are only imported when one must run"
