"""The substring core beside public engines, on the same texts, in one run: ``make bench-ngram``."""
