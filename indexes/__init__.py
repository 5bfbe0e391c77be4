"""Which internal ids match these bytes, terms or vectors best? Segments, arrays and files."""
