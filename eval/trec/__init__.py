"""How do runs, judgements and topics go in and out? TREC files and TSV, byte-stable."""

from mnemic.eval.trec.qrels import read_qrels, write_qrels
from mnemic.eval.trec.runs import ordered, read_run, run_lines, write_run
from mnemic.eval.trec.topics import read_topics, write_topics

__all__ = [
    "ordered",
    "read_qrels",
    "read_run",
    "read_topics",
    "run_lines",
    "write_qrels",
    "write_run",
    "write_topics",
]
