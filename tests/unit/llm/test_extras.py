"""Packages of the extra: found, missing, or not fitting what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Unsupported
from mnemic.llm.extras import extra, installed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_that_is_there_is_imported() -> None:
    assert extra("json").dumps([1]) == "[1]"
    assert installed("json")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "misfit is not installed"),
        ("raise ImportError('hub 1 is required')", "misfit cannot be imported: hub 1"),
        ("import nothing_of_that_name", "misfit cannot be imported: .*nothing_of_that_name"),
    ],
    ids=["missing", "misfit", "incomplete"],
)
def test_a_package_that_cannot_be_used_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str | None, said: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    if code is not None:
        (tmp_path / "misfit.py").write_text(code)
    assert installed("misfit") == (code is not None)
    with pytest.raises(Unsupported, match=said) as error:
        extra("misfit")
    assert "pip install 'mnemic[llm]'" in error.value.hint
