"""The sparse engine beside public ones, on the same terms, in one run: ``make bench-sparse``."""
