"""The error tree: every way in which mnemic can refuse or fail.

    MnemicError
    ├── InvalidInput       the caller's value cannot be used (whose fault: the caller's)
    ├── NotFound           what was named does not exist
    ├── Conflict           it exists already, or somebody else is writing it
    ├── Unauthenticated    nobody said who asks
    ├── Forbidden          who asks may not do this
    ├── IndexCorrupt       a file does not hold what was written to it
    ├── FormatTooNew       a file was written by a newer mnemic
    ├── DimensionMismatch  vectors or fingerprints of two different encoders meet
    ├── Unsupported        this part cannot do that, by construction
    ├── Unavailable        a service, model, lock or device does not answer now
    └── LimitExceeded      a size, quota or storage limit was hit

The message says what is wrong and names the argument or file; ``hint`` says what to do about it.
An error is never returned as data and never as ``None``.
"""


class MnemicError(Exception):
    """Root of every error that mnemic raises on purpose.

    Args:
        message: What is wrong, naming the argument, file or id.
        hint: What the reader can do about it, as a full sentence; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InvalidInput(MnemicError, ValueError):
    """A value from the caller cannot be used; nothing was changed."""


class NotFound(MnemicError, LookupError):
    """The named collection, document, file or job does not exist."""


class Conflict(MnemicError):
    """The id exists already, or another writer holds the collection."""


class Unauthenticated(MnemicError):
    """No valid actor or key came with the request."""


class Forbidden(MnemicError):
    """The actor holds no grant for this, or the folder is read-only."""


class IndexCorrupt(MnemicError):
    """A file's bytes are not those that were written; the message names the file."""


class FormatTooNew(MnemicError):
    """A file was written by a newer format version; the message names both versions."""


class DimensionMismatch(MnemicError):
    """Vectors, vocabularies or fingerprints of two encoders or analyzers do not fit."""


class Unsupported(MnemicError):
    """The part cannot do this by construction; the message says which part can."""


class Unavailable(MnemicError):
    """A service, model, lock or device does not answer now; trying again may help."""


class LimitExceeded(MnemicError):
    """A size, quota or storage limit was reached; the message names the limit."""
