"""How do Anserini and Pyserini read our documents, and how do we search their indexes?"""

from mnemic.retrieval.anserini.documents import contents_of, read_documents, write_documents
from mnemic.retrieval.anserini.encoding import encode_documents, weigher
from mnemic.retrieval.anserini.indexing import Indexed, build_index
from mnemic.retrieval.anserini.jar import find_jar, pull_jar
from mnemic.retrieval.anserini.java import Java, find_java
from mnemic.retrieval.anserini.process import Runtime, find_runtime
from mnemic.retrieval.anserini.retriever import PyseriniRetriever, from_name, pyserini
from mnemic.retrieval.anserini.vectors import TermVector, quantised, read_vectors, write_vectors

__all__ = [
    "Indexed",
    "Java",
    "PyseriniRetriever",
    "Runtime",
    "TermVector",
    "build_index",
    "contents_of",
    "encode_documents",
    "find_jar",
    "find_java",
    "find_runtime",
    "from_name",
    "pull_jar",
    "pyserini",
    "quantised",
    "read_documents",
    "read_vectors",
    "weigher",
    "write_documents",
    "write_vectors",
]
