"""What came out, for people and programs: terminal tables, JSON records, one HTML page."""

from mnemic.eval.report.contamination import contamination_page
from mnemic.eval.report.html import page
from mnemic.eval.report.records import comparison_record, result_record
from mnemic.eval.report.results import Indexing, Result, Section, sections_of
from mnemic.eval.report.table import comparison_table, cost_table, evaluation_table, result_table

__all__ = [
    "Indexing",
    "Result",
    "Section",
    "comparison_record",
    "comparison_table",
    "contamination_page",
    "cost_table",
    "evaluation_table",
    "page",
    "result_record",
    "result_table",
    "sections_of",
]
