"""Which process this is, and whether another one of this machine still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_STARTTIME = 22  # field of /proc/<pid>/stat, counted from 1; see proc(5)


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from a later one with the same number.

    Attributes:
        host: Name of the machine, for people.
        machine: Boot and process namespace: within one, numbers mean the same processes.
        pid: Process number.
        start: Clock ticks from boot to its start; 0 where the system does not say.
    """

    host: str
    machine: str
    pid: int
    start: int


def this_process() -> Process:
    """The running process."""
    pid = os.getpid()
    return Process(socket.gethostname(), _machine(), pid, _start(pid) or 0)


def is_dead(process: Process) -> bool:
    """Whether it surely runs no more; never true for a process of another machine."""
    if process.machine != _machine():
        return False
    start = _start(process.pid)
    return start is None or (process.start != 0 and start != process.start)


@cache
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        # Not Linux: the name has to do.
        return socket.gethostname()


def _start(pid: int) -> int | None:
    """When a process started, ``None`` if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return None
    except OSError:
        return _signalled(pid)
    # The second field is the program's name in brackets, and may hold spaces and brackets.
    return int(text[text.rindex(")") + 2 :].split()[_STARTTIME - 3])


def _signalled(pid: int) -> int | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0
    return 0
