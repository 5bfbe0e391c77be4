"""How do runs and judgements go in and out? TREC files and BEIR's TSV, byte-stable."""

from mnemic.eval.trec.qrels import read_qrels, write_qrels
from mnemic.eval.trec.runs import ordered, read_run, run_lines, write_run

__all__ = ["ordered", "read_qrels", "read_run", "run_lines", "write_qrels", "write_run"]
