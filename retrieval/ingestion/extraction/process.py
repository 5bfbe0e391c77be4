"""A child process that reads files for us, within limits of memory and time.

A PDF of 50 kB can ask its parser for gigabytes, nested tags can cost an HTML parser hours, and a
fault in native code ends the process it runs in. All of this then happens in the child, and one
file is reported. The child starts with the first file and serves all that follow.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import orjson

from mnemic.errors import InvalidInput, Unavailable
from mnemic.retrieval.ingestion.extraction.extracted import SHOWN, Extracted, require_library
from mnemic.settings import child_environment

if TYPE_CHECKING:
    from types import TracebackType

    from mnemic.retrieval.ingestion.extraction.extracted import ExtractedFormat

MEMORY = 2 << 30
SECONDS = 60
_WORKER = "mnemic.retrieval.ingestion.extraction.worker"
READY = b"ready\n"
"""What the child says when it can be asked."""

_SECONDS_TO_END = 10


class Extraction:
    """Takes the text out of files; a context manager that ends its child process.

    Args:
        memory: Bytes of address space that the child may have.
        seconds: CPU time that one file may take.
    """

    def __init__(self, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def extract(self, format: ExtractedFormat, content: bytes, *, largest: int) -> Extracted:
        """The text, title and metadata in a file's bytes.

        Args:
            format: What the bytes are.
            content: All of the file.
            largest: Bytes that the text may have, and a packed file unpacked.

        Raises:
            InvalidInput: There is no text in them, or they are damaged, encrypted or over a limit.
            Unsupported: The format's library is not installed.
            Unavailable: The child process does not start.
        """
        require_library(format)
        is_fresh = self._child is None
        answer = self._ask(format, content, largest)
        if isinstance(answer, int) and not is_fresh and answer != -signal.SIGXCPU:
            # The files before this one may have left too little memory.
            answer = self._ask(format, content, largest)
        if isinstance(answer, int):
            message, hint = self._what(format, answer)
            raise InvalidInput(message, hint=hint)
        if "message" in answer:
            raise InvalidInput(answer["message"], hint=answer["hint"])
        return Extracted(**answer)

    def _ask(self, format: ExtractedFormat, content: bytes, largest: int) -> dict[str, Any] | int:
        """The child's answer, or how it ended instead."""
        question = b"%s %d %d\n" % (format.encode(), len(content), largest)
        try:
            return self._answer(self._child or self._start(), question, content)
        except BaseException:
            # An answer that nobody waited for would be taken for that of the next file.
            self._stop()
            raise

    def _answer(
        self, child: subprocess.Popen[bytes], question: bytes, content: bytes
    ) -> dict[str, Any] | int:
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(BrokenPipeError):  # Its end shows in the missing answer.
            child.stdin.write(question)
            child.stdin.write(content)
            child.stdin.flush()
        size = child.stdout.readline()
        if size.endswith(b"\n"):
            reply = child.stdout.read(int(size))
            if len(reply) == int(size):
                answer: dict[str, Any] = orjson.loads(reply)
                return answer
        return self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: a docx.py in the current folder is not the library. A session of its own: Ctrl-C
        # is for the parent to handle, which may want to finish its batch. A file for its errors:
        # a pipe that nobody reads would be full some time.
        with tempfile.TemporaryFile() as errors:
            child = self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", _WORKER, str(self._memory), str(self._seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env=child_environment({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}),
            )
            assert child.stdout is not None
            if child.stdout.readline() == READY:
                return child
            self._end()
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
        raise Unavailable(
            f"the process that reads files does not start: {said[-1] if said else 'silence'}",
            hint=f"try: {sys.executable} -m {_WORKER} {self._memory} {self._seconds}",
        )

    def _end(self) -> int:
        """Let a child that fell silent end by itself; its return code."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_SECONDS_TO_END)
        return self._stop()

    def _stop(self) -> int:
        """End the child, if there is one; its return code."""
        child, self._child = self._child, None
        if child is None:
            return 0
        if child.poll() is None:
            child.kill()
        child.communicate()
        return child.returncode

    def _what(self, format: ExtractedFormat, code: int) -> tuple[str, str]:
        if code == -signal.SIGXCPU:
            return (
                f"reading it as {SHOWN[format]} took more than {self._seconds} s of CPU time",
                "it is damaged or made to stall its reader; split it, or convert it to text",
            )
        end = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return (
            f"its {SHOWN[format]} reader gave up ({end}): it is damaged, or needs more than "
            f"{self._memory >> 20:,} MiB of memory",
            "split it, or convert it to text",
        )
