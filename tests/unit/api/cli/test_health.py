from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mnemic.api.cli import health


def optional() -> dict[str, list[str]]:
    """The requirements of every extra that users choose."""
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    return {name: extras[name] for name in extras if name not in ("all", "bench", "dev")}


def test_this_machine_is_fit() -> None:
    checks = {check.name: check for check in health.environment()}
    extras = {f"extra {name}" for name in optional()}
    assert {"python", "native core", "model minilm", "faiss", *extras} == set(checks)
    assert "mnemic models pull minilm" in checks["model minilm"].detail
    assert checks["native core"].state == "ok"
    assert "_native" in checks["native core"].detail


def test_an_extra_is_there_when_all_its_packages_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wanted in optional().items():
        assert len(health.EXTRAS[name]) == len(wanted)
    made_up = {"some": ("json", "no_such_module"), "none": ("no_such_module",), "both": ("json",)}
    monkeypatch.setattr(health, "EXTRAS", made_up)
    found = {check.name: check for check in health.environment()}
    assert found["extra some"].detail == "not installed: no_such_module"
    assert found["extra none"].detail == "not installed"
    assert found["extra none"].hint == "pip install 'mnemic[none]'"
    assert (found["extra both"].detail, found["extra both"].hint) == ("installed", "")


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
