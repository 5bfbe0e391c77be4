"""Text and Markdown files: ids, titles, front matter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with README.md, docs/README.md, docs/deep/x.txt and b/x.txt."""
    monkeypatch.chdir(tmp_path)
    for name in ("README.md", "docs/README.md", "docs/deep/x.txt", "b/x.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"\xef\xbb\xbfhello\r\n")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        (["README.md", "docs"], ["README.md", "docs/README.md", "docs/deep/x.txt"]),
        (["docs/deep", "b"], ["docs/deep/x.txt", "b/x.txt"]),
        (["./docs/../b/"], ["b/x.txt"]),
        (["b/x.txt"], ["b/x.txt"]),
        (["docs/deep/.."], ["docs/README.md", "docs/deep/x.txt"]),
        (["."], ["README.md", "b/x.txt", "docs/README.md", "docs/deep/x.txt"]),
    ],
)
def test_text_is_named_by_its_path_as_given(
    load: Callable[..., Any], here: Path, given: list[str], ids: list[str]
) -> None:
    outcome = load(*map(Path, given))
    assert outcome.documents[0].text == "hello\r\n"
    assert (outcome.ids, outcome.errors) == (ids, [])


def test_an_absolute_path_loses_its_slash(load: Callable[..., Any], here: Path) -> None:
    assert load(here / "b").ids == [f"{here}/b/x.txt".lstrip("/")]


@pytest.mark.parametrize("again", ["b", "./b/x.txt", "docs/../b/x.txt"])
def test_a_file_with_the_id_of_another_is_an_error(
    load: Callable[..., Any], here: Path, again: str
) -> None:
    outcome = load(Path("b/x.txt"), Path(again))
    assert outcome.ids == ["b/x.txt"]
    (error,) = outcome.errors
    assert "its id 'b/x.txt' is that of b/x.txt" in error.message


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# One\n## Two", "One"),
        ("text\n\n### Three ###\n", "Three"),
        ("Under\n=====\n", "Under"),
        ("```\n# code\n```\n# Real", "Real"),
        ("#hashtag only", ""),
        ("", ""),
        ("\n---\n", ""),
    ],
)
def test_first_heading_is_the_title(
    load: Callable[..., Any], tmp_path: Path, content: str, title: str
) -> None:
    (tmp_path / "a.md").write_text(content)
    (document,) = load(tmp_path).documents
    assert (document.title, document.text) == (title, content)


def test_simple_front_matter_is_metadata(load: Callable[..., Any], tmp_path: Path) -> None:
    matter = '---\ntitle: "T"\nyear: 2024\ntags: [a, b]\nzip: 0123\ndone: true\nnone:\n---\nBody\n'
    (tmp_path / "a.md").write_text(matter)
    (document,) = load(tmp_path).documents
    assert (document.title, document.text) == ("T", "Body\n")
    assert document.metadata == {
        "title": "T",
        "year": 2024,
        "tags": ["a", "b"],
        "zip": "0123",
        "done": True,
        "none": None,
    }


@pytest.mark.parametrize(
    "matter", ["a:\n  b: 1", "- item", "text: |\n  x", "a: {b: 1}", "no colon"]
)
def test_other_front_matter_stays_in_the_text(
    load: Callable[..., Any], tmp_path: Path, matter: str
) -> None:
    content = f"---\n{matter}\n---\nBody"
    (tmp_path / "a.md").write_text(content)
    (document,) = load(tmp_path).documents
    assert (document.text, document.metadata) == (content, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfeh\0", "UTF-16"),
        (b"ok \xff", "invalid UTF-8 at byte 3"),
        (b"x" * 101, "101 bytes"),
    ],
)
def test_unreadable_text_is_reported(
    load: Callable[..., Any], tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "b.txt").write_bytes(b"good")
    outcome = load(tmp_path, largest_record=100)
    assert [Path(name).name for name in outcome.ids] == ["b.txt"]
    assert message in outcome.errors[0].message
