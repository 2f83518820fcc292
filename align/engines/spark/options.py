"""Where Spark runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from align._internal.options import check_kinds
from align.errors import UsageError

if TYPE_CHECKING:
    from align.encoders import Encoder

_MASTER = re.compile(r"local(\[.+\]|-cluster\[.+\])?|yarn|(spark|k8s)://.+")


@dataclass(frozen=True, slots=True)
class SparkOptions:
    """Which cluster does the work, and how it is set up.

    Raises:
        UsageError: a master that is none.
    """

    master: str | None = (
        None  # local[4], spark://HOST:7077, yarn, k8s://...; None: as spark-submit says, else local[*]
    )
    conf: Mapping[str, str] = field(
        default_factory=dict
    )  # settings of Spark, which go before this program's own

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.master is not None and not _MASTER.fullmatch(self.master):
            raise UsageError(f"master {self.master!r}: give local[*], spark://HOST:7077, yarn or k8s://...")

    @classmethod
    def of(cls, master: str | None, settings: tuple[str, ...]) -> SparkOptions:
        """Options from settings as they are written on a command line, each ``KEY=VALUE``.

        Raises:
            UsageError: one of them is written in another way.
        """
        for setting in settings:
            if "=" not in setting:
                raise UsageError(f"conf {setting!r}: write KEY=VALUE, as spark.executor.memory=8g")
        return cls(master, dict(setting.split("=", 1) for setting in settings))


def name_on_executors(encoder: str | Encoder) -> str:
    """The name under which executors have an encoder, too.

    Raises:
        UsageError: it is an object of this process.
    """
    from align.encoders import shared_name

    name = shared_name(encoder)
    if name is None:
        raise UsageError("encoder: an object of this process, which executors have not; give a name")
    return name
