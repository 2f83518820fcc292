"""Independent pieces of numerical work on all cores, with the same bytes as on one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


@lru_cache(maxsize=1)
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class _OneThread:
    """BLAS on one thread for as long as anyone asks for it: the first to come sets it, the last to go sets it back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if not self._users:
                self._limit = _controller().limit(limits=1, user_api="blas")
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._limit.restore_original_limits()


_one_thread = _OneThread()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS on one thread: the work is spread over cores piece by piece, which wastes less and never changes a byte."""
    _one_thread.enter()
    try:
        yield
    finally:
        _one_thread.leave()


def run_parallel(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """``[function(item) for item in items]`` on all cores; the order of the results is that of the items."""
    with one_blas_thread():
        workers = min(cores(), len(items))
        if workers < 2:
            return [function(item) for item in items]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(function, items))


def grouped(items: Iterable[T], length: Callable[[T], int], budget: int) -> Iterator[list[T]]:
    """`groups` of items that come one by one."""
    some: list[T] = []
    total = 0
    for item in items:
        own = length(item)
        if some and total + own > budget:
            yield some
            some, total = [], 0
        some.append(item)
        total += own
    if some:
        yield some


def groups(lengths: NDArray[np.integer[Any]], budget: int) -> list[slice]:
    """Consecutive items in groups whose lengths sum to at most `budget`; a longer item is a group of its own."""
    found: list[slice] = []
    start, total = 0, 0
    for index, length in enumerate(lengths.tolist()):
        if index > start and total + length > budget:
            found.append(slice(start, index))
            start, total = index, 0
        total += length
    if start < len(lengths):
        found.append(slice(start, len(lengths)))
    return found
