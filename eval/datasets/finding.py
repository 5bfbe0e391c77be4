"""From a path or a name to a data set, unpacking an archive once where needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.errors import NotFound
from mnemic.eval.datasets.archives import unpacked
from mnemic.eval.datasets.beir import CORPUS, open_folder

if TYPE_CHECKING:
    from mnemic.eval.datasets.beir import Dataset

ARCHIVES = (".tar.xz", ".tar.gz", ".tgz")


def load(
    name_or_folder: str | Path, *, split: str = "test", data: Path | None, cache: Path
) -> Dataset:
    """Open a data set for evaluation.

    Args:
        name_or_folder: A BEIR folder, an archive of one, or a name to look up in ``data``.
        split: The judgements to use: the stem of a file in ``qrels/``.
        data: Folder with data sets as folders ``NAME`` or archives ``NAME.tar.xz``.
        cache: Where archives are unpacked, once per content.

    Returns:
        Queries and judgements in memory, documents on disk.

    Raises:
        NotFound: No such data set or split; the message lists what was tried.
        InvalidInput: A file is malformed, or an archive holds more than files and folders.
        LimitExceeded: An archive would unpack to more than the limits allow.
    """
    tried = _candidates(name_or_folder, data)
    for path in tried:
        if (path / CORPUS).is_file():
            return open_folder(path, split=split)
        if path.is_file() and path.name.endswith(ARCHIVES):
            return open_folder(unpacked(path, cache=cache), split=split)
    raise NotFound(
        f"no data set {str(name_or_folder)!r}; tried {', '.join(map(str, tried))}",
        hint=_advice(data),
    )


def _candidates(name_or_folder: str | Path, data: Path | None) -> list[Path]:
    given = Path(name_or_folder)
    paths = [given]
    is_name = len(given.parts) == 1 and given.name not in ("", ".", "..")
    if data is not None and is_name:
        paths += [data / given.name, *(data / f"{given.name}{end}" for end in ARCHIVES)]
    return paths


def _advice(data: Path | None) -> str:
    if data is None:
        return "give a BEIR folder with corpus.jsonl, or set MNEMIC_DATA to look names up there"
    return f"give a BEIR folder with corpus.jsonl, or put NAME or NAME.tar.xz into {data}"
