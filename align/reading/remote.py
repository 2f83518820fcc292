"""Files by URL (``s3://``, ``gs://``, ``hf://``, ``https://``), through fsspec and whichever driver the user has."""

from __future__ import annotations

import io
import re
from typing import Any, cast

from align._internal.hints import install_extra
from align.errors import InputError

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_BUFFER = 1 << 20


def is_url(path: str) -> bool:
    """Whether this is a URL rather than a path."""
    return bool(_URL.match(path))


def open_url(url: str) -> io.BufferedReader[Any]:
    """The bytes behind a URL.

    Raises:
        InputError: fsspec, or the driver of this kind of URL, is not installed, or there is nothing.
    """
    files, path = _file_system(url)
    try:
        return io.BufferedReader(cast(Any, _Raw(files.open(path, "rb"))), _BUFFER)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise _failed(url, error) from error


def list_url(url: str) -> list[tuple[str, str]] | None:
    """The files below a URL, in order, each with its path inside the folder; None where it is no folder nor a glob."""
    files, path = _file_system(url)
    try:
        if any(sign in path for sign in "*?["):
            found, base = files.glob(path), path.partition("*")[0].partition("?")[0].rpartition("/")[0]
        elif files.isdir(path):
            found, base = files.find(path), path.rstrip("/")
        else:
            return None
    except Exception as error:
        raise _failed(url, error) from error
    plain = sorted(name for name in found if not files.isdir(name))
    return [(files.unstrip_protocol(name), name.removeprefix(base).lstrip("/")) for name in plain]


def state_of(url: str) -> str:
    """What tells this state of a file from others, where its store says anything of it."""
    files, path = _file_system(url)
    try:
        return str(files.ukey(path))
    except Exception as error:
        raise _failed(url, error) from error


def _file_system(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise InputError(f"is a URL, which needs fsspec: {install_extra('remote')}") from None
    try:
        files, path = fsspec.core.url_to_fs(url)
    except Exception as error:
        raise _failed(url, error) from error
    return files, path


def _failed(url: str, error: Exception) -> InputError:
    said = " ".join(str(error).split())[:200]
    kind = url.partition("://")[0]
    remedy = (
        f"install fsspec's driver of {kind}://"
        if isinstance(error, ImportError | ValueError)
        else "check the address and your access to it"
    )
    return InputError(f"cannot be reached: {type(error).__name__}: {said}; {remedy}")


class _Raw(io.RawIOBase):
    """A file of fsspec as a raw stream."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
