"""The command line in real processes: imports, pipes, signals, kills, two writers at once."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.api.shell import MNEMIC, answer, corpus, run, start
from tests.counts import scaled

from mnemic.sdk.checkpoint import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

NEVER_FOR_SEARCH = [
    "alembic",
    "fastapi",
    "ir_measures",
    "jinja2",
    "matplotlib",
    "pandas",
    "pyarrow",
    "scipy",
    "torch",
    "transformers",
]
# <linux/prctl.h>, <linux/capability.h>: DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
PR_CAPBSET_DROP = 24
CAPABILITIES = (1, 2, 3)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    answer("add", tmp_path / "data", "-c", "papers", corpus(tmp_path / "corpus.jsonl", 50))
    return tmp_path / "data"


def test_search_imports_only_what_it_needs(data: Path) -> None:
    program = (
        "import sys, runpy; sys.argv = ['mnemic', 'search', sys.argv[1], 'number7', '-c', 'papers',"
        " '--json']\n"
        "from mnemic.api.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, data], capture_output=True, text=True, check=True
    )
    code, *modules = done.stderr.split()
    assert code == "0"
    assert json.loads(done.stdout)["hits"][0]["id"] == "d7"
    loaded = {name.partition(".")[0] for name in modules}
    assert not loaded & {*NEVER_FOR_SEARCH, "rich"}
    assert {name for name in modules if name.startswith("mnemic.api.cli.")} <= {
        f"mnemic.api.cli.{name}"
        for name in ("app", "failures", "lazy", "notes", "options", "output", "search")
    }


def test_everything_is_there_in_the_next_process(data: Path) -> None:
    found = answer("search", data, "number7 common", "-c", "papers", "-k", "3")
    assert found["hits"][0]["id"] == "d7"
    assert answer("inspect", data)["collections"][0]["documents"] == 50


def test_stdin_is_read_as_json_lines(tmp_path: Path) -> None:
    lines = '{"_id": "a", "text": "piped"}\n\n{bad\n{"_id": "b", "text": "too"}\n'
    done = run("add", tmp_path, "-c", "p", "-", "--json", input=lines)
    report = json.loads(done.stdout)
    assert (report["added"], report["errors"]) == (2, 1)
    assert (report["first_errors"][0]["source"], report["first_errors"][0]["line"]) == ("-", 3)


def test_a_reader_that_leaves_early_is_no_error_message(data: Path) -> None:
    command = [*MNEMIC, "get", str(data), "-c", "papers", *[f"d{i}" for i in range(50)]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.wait(timeout=60) == 1
        assert child.stderr.read() == b""


def wait_for_batches(folder: Path, child: subprocess.Popen[str], count: int) -> None:
    """Until the load has committed so many records."""
    deadline = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        for file in (folder / FOLDER).glob("*.json"):
            if json.loads(file.read_bytes())["place"]["records"] >= count:
                return
        time.sleep(0.005)
    pytest.fail(f"the load ended or hung before record {count}: {child.poll()}")


@pytest.mark.slow
@pytest.mark.parametrize("duplicates", ["replace", "error"])
def test_a_killed_load_goes_on_where_it_stopped(tmp_path: Path, duplicates: str) -> None:
    source, folder = corpus(tmp_path / "c.jsonl", 6_000), tmp_path / "data"
    command = ("add", folder, "-c", "p", source, "--batch", "100", "--on-duplicate", duplicates)
    for round in range(scaled(2, 10)):
        child = start(*command)
        wait_for_batches(folder, child, (round + 1) * 300)
        time.sleep(random.random() * 0.05)
        child.kill()
        child.communicate()
    report = answer(*command)
    assert report["resumed_at"] >= 600
    assert (report["records"], report["documents"]) == (6_000, 6_000)
    assert list((folder / FOLDER).iterdir()) == []
    assert answer("doctor", folder)["ok"]
    out = tmp_path / "out.jsonl"
    answer("export", folder, "-c", "p", "--out", out)
    stored = [json.loads(line)["_id"] for line in out.read_text().splitlines()]
    assert stored == [f"d{i}" for i in range(6_000)]


def test_an_interrupt_is_said_and_leaves_what_was_committed(tmp_path: Path) -> None:
    source, folder = corpus(tmp_path / "c.jsonl", 20_000), tmp_path / "data"
    child = start("add", folder, "-c", "p", source, "--batch", "50")
    wait_for_batches(folder, child, 50)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    said = [line for line in err.splitlines() if line]
    assert said[-2:] == ["stopped; the same command goes on from here", "interrupted"]
    assert answer("inspect", folder)["collections"][0]["documents"] >= 50


def test_an_interrupt_is_a_problem_object_where_json_is_wanted(tmp_path: Path) -> None:
    source, folder = corpus(tmp_path / "c.jsonl", 20_000), tmp_path / "data"
    child = start("add", folder, "-c", "p", source, "--batch", "50", "--json")
    wait_for_batches(folder, child, 50)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    said = json.loads(err)
    assert said["type"] == "urn:mnemic:error:interrupted"
    assert said.keys() == {"type", "title", "status", "detail", "hint"}


@pytest.mark.slow
def test_two_processes_add_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    children = [
        start("add", folder, "-c", "p", corpus(tmp_path / f"{each}.jsonl", 2_000, prefix=each),
              "--batch", "200", "--json")
        for each in ("x", "y")
    ]  # fmt: skip
    for child in children:
        out, err = child.communicate(timeout=100)
        assert child.returncode == 0, err
        assert json.loads(out)["added"] == 2_000
    assert answer("inspect", folder)["collections"][0]["documents"] == 4_000
    assert answer("doctor", folder)["ok"]


def test_a_writer_that_may_not_wait_names_the_other(tmp_path: Path) -> None:
    source, folder = corpus(tmp_path / "c.jsonl", 20_000), tmp_path / "data"
    child = start("add", folder, "-c", "p", source, "--batch", "50")
    try:
        wait_for_batches(folder, child, 50)
        done = run("add", folder, "-c", "p", source, "--wait", "0")
        assert done.returncode == 1
        assert str(child.pid) in done.stderr
    finally:
        child.kill()
        child.communicate()


def obey_permissions() -> None:
    """Take root's right to ignore permission bits from the child that is about to start."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in CAPABILITIES:
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


def restricted(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MNEMIC, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=obey_permissions if os.getuid() == 0 else None,
    )


def test_a_read_only_folder_is_refused_with_a_reason(tmp_path: Path) -> None:
    source, folder = corpus(tmp_path / "c.jsonl", 10), tmp_path / "data"
    answer("add", folder, "-c", "p", source)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)
    added = restricted("add", folder, "-c", "p", source, "--restart", "--json")
    searched = restricted("search", folder, "number7", "-c", "p", "--json")
    made = restricted("add", folder / "new", "-c", "p", source, "--json")
    checked = restricted("doctor", folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    assert (added.returncode, json.loads(added.stderr)["status"]) == (1, 403)
    assert (made.returncode, json.loads(made.stderr)["status"]) == (1, 403)
    assert searched.returncode in (0, 1)
    assert "Traceback" not in searched.stderr + checked.stderr
    assert checked.returncode == 1
    assert "cannot be written" in checked.stdout


def test_a_query_that_is_not_unicode_is_bad_input(data: Path) -> None:
    done = run("search", data, "\udcff", "-c", "papers", "--json")
    assert done.returncode == 4
    assert "surrogate" in json.loads(done.stderr)["detail"]


def test_an_unknown_variable_is_refused(data: Path) -> None:
    done = run("inspect", data, MNEMIC_TREADS="3")
    assert done.returncode == 4
    assert "MNEMIC_TREADS" in done.stderr


def test_output_survives_a_terminal_without_unicode(tmp_path: Path) -> None:
    answer("add", tmp_path, "-c", "p", "-", input='{"_id": "a", "text": "word 漢字"}\n')
    done = run("search", tmp_path, "word", "-c", "p", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u6f22" in done.stdout


def test_a_damaged_catalogue_is_corrupt(data: Path) -> None:
    (data / "catalogue.sqlite").write_bytes(b"not a database, but long enough " * 40)
    for leftover in data.glob("catalogue.sqlite-*"):
        leftover.unlink()
    done = run("search", data, "word", "-c", "papers", "--json")
    assert (done.returncode, done.stdout) == (5, "")
    assert "catalogue.sqlite" in json.loads(done.stderr)["detail"]


def test_a_newer_segment_file_is_refused_by_version(data: Path) -> None:
    manifest = next((data / "collections").rglob("MANIFEST.json"))
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 999'))
    done = run("search", data, "word", "-c", "papers", "--json")
    assert done.returncode == 5
