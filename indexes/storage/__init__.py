"""Immutable, checksummed files, and the one manifest that says which of them count.

Which bytes are the index, and are they still the ones that were written?
"""

from mnemic.indexes.storage.arrays import write_arrays
from mnemic.indexes.storage.directory import Directory, FileDirectory
from mnemic.indexes.storage.live import open_live, write_live
from mnemic.indexes.storage.manifest import ManifestStore
from mnemic.indexes.storage.memory import RamDirectory
from mnemic.indexes.storage.names import new_segment_id, segment_file_name
from mnemic.indexes.storage.reader import ArrayFile, open_arrays
from mnemic.indexes.storage.records import FileEntry, Manifest, SegmentEntry, TrackEntry

__all__ = [
    "ArrayFile",
    "Directory",
    "FileDirectory",
    "FileEntry",
    "Manifest",
    "ManifestStore",
    "RamDirectory",
    "SegmentEntry",
    "TrackEntry",
    "new_segment_id",
    "open_arrays",
    "open_live",
    "segment_file_name",
    "write_arrays",
    "write_live",
]
