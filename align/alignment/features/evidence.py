"""What the evidence is looked up in, and the columns that it fills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats
from align.alignment.coverage import Coverage
from align.alignment.features.distances import Distances


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What `rich` looks things up in.

    Attributes:
        source, target: word coverage in both directions.
        source_edges, target_edges: what each unit begins and ends with, see `edges`.
        distances: of all candidates.
        posterior: of each candidate, from the cheap pass; `unit_posterior` the same with a gap's anywhere.
    """

    source: Coverage
    target: Coverage
    source_edges: tuple[NDArray[np.float32], NDArray[np.float32]]
    target_edges: tuple[NDArray[np.float32], NDArray[np.float32]]
    distances: Distances
    posterior: Floats
    unit_posterior: Floats


class Table:
    """Columns of features that are collected by name."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.names: list[str] = []
        self.columns: list[Floats] = []

    def add(self, name: str, value: Floats, where: Bools | None = None) -> None:
        column = np.zeros(self.rows)
        if where is None:
            column[:] = value
        else:
            column[where] = value
        self.names.append(name)
        self.columns.append(column)

    def both(self, name: str, one: Floats, other: Floats, where: Bools) -> None:
        """A feature of two sides as their mean and their minimum, so that source and target can change places."""
        self.add(name, (one + other) / 2, where)
        self.add(name + ".min", np.minimum(one, other), where)
