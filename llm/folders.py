"""Where is the model that somebody named? Pulled, in a folder, or in the local hub cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput, NotFound
from mnemic.llm.extras import extra
from mnemic.llm.models import known, locate

if TYPE_CHECKING:
    from mnemic.settings import Settings


def find_folder(source: str | Path, *, settings: Settings | None = None) -> Path:
    """The folder of a model; nothing is ever downloaded.

    Args:
        source: The name of a pulled model, a folder, or a hub name such as ``owner/model`` whose
            files are in the local hub cache.
        settings: Whose cache of pulled models; the environment's by default.

    Raises:
        InvalidInput: It is neither a folder nor anything that could be a name.
        NotFound: It is not here; the hint has the command that fetches it.
        Unsupported: It is a hub name and the extra ``[llm]`` is not installed.
    """
    if str(source) in known() and not isinstance(source, Path):
        return locate(str(source), settings=settings)
    folder = Path(source)
    if folder.is_dir():
        return folder
    if isinstance(source, Path) or folder.is_absolute() or source.startswith("."):
        raise NotFound(f"{source} is no folder", hint="Name a folder that holds the model.")
    return _cached(source)


def _cached(name: str) -> Path:
    hub = extra("huggingface_hub")
    try:
        return Path(hub.snapshot_download(name, local_files_only=True))
    except hub.errors.HFValidationError as error:
        raise InvalidInput(f"{name!r} is no model name: {error}") from error
    except hub.errors.LocalEntryNotFoundError as error:
        raise NotFound(
            f"the model {name} is neither known, nor a folder, nor in the local hub cache",
            hint=f"Known are {', '.join(known())}; 'hf download {name}' fetches it from the hub.",
        ) from error
