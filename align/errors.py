"""Every error that `align` raises on purpose.

::

    AlignError
    ├── UsageError              wrong options or arguments (exit code 2)
    ├── InputError              an input that cannot be used: names file, line and remedy
    ├── OutputError             an output that cannot be written, or must not be overwritten
    │   └── SignatureError      a corpus folder or index made with other inputs or options
    ├── IndexFileError          a damaged or busy deduplication index
    ├── EngineError             Spark is not there, or a job on it failed
    └── EncoderError            an encoder that is not installed or gives unusable vectors
        └── UnknownEncoderError an encoder's name that is not known (exit code 2)

Each message is one line: what is wrong, where, and what to do about it.
"""

from __future__ import annotations


class AlignError(Exception):
    """Root of all errors raised on purpose; its text is fit to be shown to the user."""

    exit_code = 1


class UsageError(AlignError):
    """The options or arguments make no sense together."""

    exit_code = 2


class InputError(AlignError):
    """An input cannot be read or understood."""


class OutputError(AlignError):
    """An output cannot be written, or exists and was not to be overwritten."""


class SignatureError(OutputError):
    """An existing folder or index was made with other inputs, options or versions."""


class IndexFileError(AlignError):
    """A deduplication index is damaged or in use."""


class EngineError(AlignError):
    """Spark cannot be used as it is set up, or a job on it failed."""


class EncoderError(AlignError):
    """An encoder is not installed, or gives vectors that cannot be used."""


class UnknownEncoderError(EncoderError, UsageError):
    """No encoder has this name."""

    exit_code = 2
