"""Texts a second and memory of the embedded encoders, beside sentence-transformers, in one run.

``python -m bench.encode [--texts N] [--rounds N] [--out FOLDER]``, after ``mnemic models pull
--all``. Every side is a process of its own that loads its model once; then they encode the same
texts turn by turn, on two threads each, while the others wait. ``sentence-transformers`` is that
library with MiniLM's very weights in float32. Texts have exactly so many tokens of BERT's
vocabulary, special ones included.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from scripts.machine import ROOT, machine

from mnemic.llm.models.store import inspect, locate
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OURS = ("minilm", "splade-tiny", "wordllama")
RIVAL = "sentence-transformers"
LENGTHS = (32, 128, 256)
THREADS = 2
# Each is one token of BERT's vocabulary, and common.
WORDS = """
the of and to in is was for on as with by he that at from his it an were are which this be had or
also has first one their after but who new they two her she all when there been more time into
year only over city most world war life school family house number music film water river north
south east west street church company book history state people day game
"""


def texts_of(count: int, tokens: int, seed: int) -> list[str]:
    """Random texts of so many tokens, the two special ones included."""
    draw, words = random.Random(seed), WORDS.split()
    return [" ".join(draw.choices(words, k=tokens - 2)) for _ in range(count)]


def encoder(name: str) -> Callable[[Sequence[str]], object]:
    """What turns texts into vectors, loaded."""
    if name == RIVAL:
        return _library()
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import spec_of

    settings = Settings.from_environment()
    return open_encoder(spec_of(name), settings).encode_documents


def _library() -> Callable[[Sequence[str]], object]:
    """The library with the weights of the pulled model, as it saves them itself."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    torch.set_num_threads(THREADS)
    words = Transformer(str(locate("minilm")), max_seq_length=max(LENGTHS))
    model = SentenceTransformer(modules=[words, Pooling(384, "mean")], device="cpu")
    return lambda texts: model.encode(list(texts), normalize_embeddings=True)


def peak_mib() -> float:
    """Largest resident set of this process so far."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    return round(int(line.split()[1]) / 1024, 1)


def serve(name: str) -> None:
    """The child: a line with a count, a length and a seed in, seconds and memory out."""
    encode = encoder(name)
    encode(["warm"] * 4)
    print(json.dumps({"loaded_mib": peak_mib()}), flush=True)
    for line in sys.stdin:
        texts = texts_of(*json.loads(line))
        began = time.perf_counter()
        encode(texts)
        answer = {"seconds": time.perf_counter() - began, "peak_mib": peak_mib()}
        print(json.dumps(answer), flush=True)


class Side:
    """A child process that encodes when it is asked to; what it prints on stderr goes to a file."""

    def __init__(self, name: str) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "MNEMIC_THREADS": str(THREADS)}
        command = [sys.executable, "-m", "bench.encode", "--serve", name]
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the side
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=pipe,
            stdout=pipe,
            stderr=self._errors,
            text=True,
        )
        self.loaded = 0.0

    def __enter__(self) -> Self:
        try:
            self.loaded = self._answer()["loaded_mib"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._child.communicate()
        self._errors.close()

    def ask(self, count: int, tokens: int, seed: int) -> dict[str, Any]:
        """Encode; the answer of ``serve``."""
        assert self._child.stdin is not None
        print(json.dumps([count, tokens, seed]), file=self._child.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"{self.name} ended: {self._errors.read()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def missing() -> dict[str, str]:
    """Sides that cannot run here, and why."""
    settings = Settings.from_environment()
    states = {name: inspect(name, settings=settings).state for name in OURS}
    found = {name: f"run mnemic models pull {name}" for name in OURS if states[name] != "ready"}
    try:
        importlib.metadata.version(RIVAL)
    except importlib.metadata.PackageNotFoundError:
        found[RIVAL] = "not installed: pip install 'mnemic[llm]'"
    if "minilm" in found:
        found.setdefault(RIVAL, "needs the weights of minilm")
    return found


def measure(sides: list[Side], *, texts: int, rounds: int) -> list[dict[str, Any]]:
    """One row for each side and length; lengths ascend, so that a peak is that of its length."""
    rows: list[dict[str, Any]] = []
    for tokens in LENGTHS:
        found: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
        for turn in range(rounds + 1):  # the first is not counted
            for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
                found[side.name].append(side.ask(texts, tokens, turn))
        for side in sides:
            rows.append(_row(side, tokens, texts, found[side.name]))
            print(rows[-1], flush=True)
    return rows


def _row(side: Side, tokens: int, texts: int, found: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = median(answer["seconds"] for answer in found[1:])
    return {
        "encoder": side.name,
        "tokens": tokens,
        "texts_per_second": round(texts / seconds, 1),
        "peak_mib": found[-1]["peak_mib"],
        "loaded_mib": side.loaded,
    }


def main(arguments: list[str]) -> None:
    """Measure, write ``encode.json``, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=256, help="texts a turn")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        serve(given.serve)
        return
    skipped = missing()
    for name, why in skipped.items():
        print(f"{name} is left out: {why}", file=sys.stderr)
    with ExitStack() as stack:
        names = [name for name in (*OURS, RIVAL) if name not in skipped]
        sides = [stack.enter_context(Side(name)) for name in names]
        rows = measure(sides, texts=given.texts, rounds=given.rounds)
    facts = machine()
    packages = ("onnxruntime", "tokenizers", *(() if RIVAL in skipped else (RIVAL, "torch")))
    facts["versions"] |= {package: importlib.metadata.version(package) for package in packages}
    shape = {"threads": THREADS, "texts": given.texts, "rounds": given.rounds}
    written = {"machine": facts, **shape, "results": rows, "left_out": skipped}
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "encode.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
