from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.api.cli import health

if TYPE_CHECKING:
    from pathlib import Path


def test_this_machine_is_fit() -> None:
    checks = {check.name: check for check in health.environment()}
    packages = {"extra parquet", "extra postgres", "faiss"}
    assert {"python", "native core", "model minilm", *packages} == set(checks)
    assert "mnemic models pull minilm" in checks["model minilm"].detail
    assert checks["native core"].state == "ok"
    assert "_native" in checks["native core"].detail


def test_a_folder_has_room_and_rights(tmp_path: Path) -> None:
    names = [check.name for check in health.folder(tmp_path)]
    assert names == ["disk", "write permission"]


@pytest.mark.parametrize(
    ("installed", "state"),
    [
        (set(), "ok"),
        ({"faiss-cpu"}, "ok"),
        ({"faiss-gpu-cu12"}, "ok"),
        ({"faiss-cpu", "faiss-gpu"}, "failed"),
        ({"faiss-cpu", "faiss-gpu-cu12"}, "failed"),
    ],
)
def test_two_faiss_packages_clash(installed: set[str], state: str) -> None:
    check = health.faiss(installed)
    assert check.state == state
    assert state != "failed" or "pip uninstall" in check.hint


@pytest.mark.parametrize(("free", "state"), [(10**12, "ok"), (5 * 10**8, "warning"), (0, "failed")])
def test_little_space_is_said(free: int, state: str) -> None:
    assert health.space(free).state == state
