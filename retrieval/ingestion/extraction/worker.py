"""The child process that reads files: ``python -m`` this module, then questions on stdin.

A question is a line ``FORMAT SIZE LARGEST`` and the file's bytes; an answer is a line with a size
and so many bytes of JSON: an ``Extracted``, or ``message`` and ``hint``. See ``process``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import orjson

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction.docx import extract_docx
from mnemic.retrieval.ingestion.extraction.extracted import SHOWN, Extracted, ExtractedFormat
from mnemic.retrieval.ingestion.extraction.html import extract_html
from mnemic.retrieval.ingestion.extraction.pdf import extract_pdf
from mnemic.retrieval.ingestion.extraction.process import READY
from mnemic.retrieval.ingestion.json_lines import too_long

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTRACT: dict[ExtractedFormat, Callable[[bytes, int], Extracted]] = {
    "html": extract_html,
    "pdf": extract_pdf,
    "docx": extract_docx,
}


def answer(format: ExtractedFormat, content: bytes, largest: int) -> dict[str, Any]:
    """What is in a file, or what is wrong with it.

    Raises:
        MemoryError: There is not enough.
    """
    try:
        extracted = _EXTRACT[format](content, largest)
        written = (extracted.text, extracted.title, *map(str, extracted.metadata.values()))
        if (size := sum(len(each.encode()) for each in written)) > largest:
            message, hint = too_long(size, largest)
            raise InvalidInput(message, hint=hint)
    except InvalidInput as error:
        return {"message": error.message, "hint": error.hint}
    except MemoryError:
        raise
    except Exception as error:  # The libraries raise anything at all on a damaged file.
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
        return {
            "message": f"cannot be read as {SHOWN[format]}: {reason}",
            "hint": "check that the file is complete and opens elsewhere",
        }
    return asdict(extracted)


def main() -> None:
    """Answer until stdin ends."""
    memory, seconds = map(int, sys.argv[1:])
    _limit_memory(memory)
    questions = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        _send(answers, READY)
        _silence()
        while line := questions.readline():
            _limit_seconds(seconds)
            format, size, largest = line.split()
            known = cast("ExtractedFormat", format.decode())
            reply = orjson.dumps(answer(known, questions.read(int(size)), int(largest)))
            _send(answers, b"%d\n" % len(reply) + reply)


def _silence() -> None:
    """What a library prints comes neither between the answers nor into a pipe that nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _send(answers: BinaryIO, reply: bytes) -> None:
    answers.write(reply)
    answers.flush()


def _limit_memory(size: int) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_seconds(seconds: int) -> None:
    """From now on; the system ends the process when they are used up."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    end = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end if most == -1 else min(end, most), most))


if __name__ == "__main__":
    main()
