"""The environment is read once, in one place, and unknown keys fail."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest
from tests.unit.packaging.tree import PARTS, ROOT, sources

from mnemic.errors import InvalidInput
from mnemic.settings import FOREIGN, PREFIX, Settings, java_home


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"PATH": "/bin", "OTHER": "1"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("data", "/srv/data", Path("/srv/data")),
        ("cache", "cache", Path("cache")),
        ("catalogue", "sqlite:////tmp/x", "sqlite:////tmp/x"),
        ("threads", "3", 3),
        ("lock_wait", "0.5", 0.5),
        ("java", "/opt/jdk", Path("/opt/jdk")),
        ("anserini", "a.jar", Path("a.jar")),
        ("openai_base_url", "http://localhost:8000/v1", "http://localhost:8000/v1"),
        ("openai_api_key", "secret", "secret"),
        ("openai_timeout", "2.5", 2.5),
        ("openai_concurrency", "8", 8),
    ],
)
def test_every_variable_is_read(variable: str, value: str, expected: object) -> None:
    settings = Settings.from_environment({PREFIX + variable.upper(): value})
    assert getattr(settings, variable) == expected


def test_every_setting_has_a_variable() -> None:
    values = {item.name: "1" for item in fields(Settings)}
    read = Settings.from_environment({PREFIX + name.upper(): "1" for name in values})
    assert all(str(getattr(read, name)) in ("1", "1.0") for name in values)


def test_the_names_of_other_programs_count_where_there_are_no_own() -> None:
    theirs = {"OPENAI_BASE_URL": "http://theirs/v1", "OPENAI_API_KEY": "their key"}
    settings = Settings.from_environment(theirs)
    assert (settings.openai_base_url, settings.openai_api_key) == tuple(theirs.values())
    only_key = Settings.from_environment({"OPENAI_API_KEY": "their key", "OPENAI_BASE_URL": ""})
    assert only_key.openai_base_url == Settings().openai_base_url


def test_no_key_goes_to_the_address_of_another_family() -> None:
    theirs = {"OPENAI_BASE_URL": "http://theirs/v1", "OPENAI_API_KEY": "their key"}
    own_address = Settings.from_environment(theirs | {"MNEMIC_OPENAI_BASE_URL": "http://own/v1"})
    assert (own_address.openai_base_url, own_address.openai_api_key) == ("http://own/v1", "")
    own_key = Settings.from_environment(theirs | {"MNEMIC_OPENAI_API_KEY": "own key"})
    assert own_key.openai_base_url == Settings().openai_base_url
    assert own_key.openai_api_key == "own key"


def test_a_key_is_never_printed() -> None:
    assert "secret" not in repr(Settings(openai_api_key="secret"))


def test_java_home_is_read_as_other_programs_do() -> None:
    assert java_home({"JAVA_HOME": "/opt/jdk"}) == Path("/opt/jdk")
    assert java_home({"JAVA_HOME": ""}) is None
    assert java_home({}) is None


@pytest.mark.parametrize("variable", ["THREADS", "LOCK_WAIT", "OPENAI_TIMEOUT"])
def test_a_value_of_the_wrong_form_is_named(variable: str) -> None:
    with pytest.raises(InvalidInput, match=f"MNEMIC_{variable}='many'"):
        Settings.from_environment({PREFIX + variable: "many"})


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="MNEMIC_THREAD") as caught:
        Settings.from_environment({"MNEMIC_THREAD": "1"})
    assert "MNEMIC_THREADS" in caught.value.hint


def test_the_switches_of_the_tests_are_not_settings() -> None:
    assert Settings.from_environment(dict.fromkeys(FOREIGN, "1")) == Settings()


def test_tests_do_not_see_the_callers_variables() -> None:
    seen = {name for name in os.environ if name.startswith(PREFIX)} - FOREIGN
    assert seen == {"MNEMIC_CACHE"}
    assert not Path(os.environ["MNEMIC_CACHE"]).is_relative_to(Path.home() / ".cache")
    assert not {"OPENAI_API_KEY", "OPENAI_BASE_URL"} & os.environ.keys()


def test_every_setting_is_documented() -> None:
    text = Settings.__doc__ or ""
    assert all(f"{item.name}:" in text for item in fields(Settings))


def test_nothing_else_reads_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in sources(*PARTS)
        if "os.environ" in path.read_text("utf-8") or "getenv" in path.read_text("utf-8")
    ]
    assert readers == []
