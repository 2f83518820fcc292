"""Taking over an output folder: new, continued, or emptied where the user said so; never two processes at once.

Every job that writes a corpus folder does so through `writing`: it holds the lock, tells what is a job's own from what
is somebody else's, compares signatures, and keeps the record, which is written first of all as unfinished and last as
finished.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from align import __version__
from align._internal.files import atomic, clear_parts, told_when_the_disk_fails, unwritable
from align._internal.locks import held
from align._internal.progress import Waiting
from align._internal.wording import counted
from align.corpus.folder import (
    ALIGNED,
    CALIBRATION,
    FORMAT,
    KEPT,
    LOCK,
    RECORD,
    REPORT,
    REVIEW,
    WRITTEN,
    Job,
    read_record,
)
from align.errors import InputError, OutputError, SignatureError

_A_JOB: Mapping[Job, str] = {"run": "a run", "dedup": "a deduplication"}


@contextlib.contextmanager
def writing(
    folder: Path, job: Job, *, overwrite: bool = False, waiting: Waiting | None = None
) -> Iterator[CorpusWriter]:
    """Makes the folder and holds it against a second process; the lock dies with this one.

    Where another process holds it, `waiting` is told so and it is waited for; without that it is an error.

    Raises:
        OutputError: the folder cannot be written, another process holds it, or it holds something else.
        InputError: its record is damaged.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, and {_A_JOB[job]} writes several; name a folder")

    def busy(process: str) -> None:
        if waiting:
            waiting(f"{folder} is in use by process {process}; waiting")
            return
        raise OutputError(
            f"{folder}: another process ({process}) is writing into it; wait, or choose another -o"
        )

    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(folder / LOCK, busy))
        except OSError as error:
            raise unwritable(folder / LOCK if error.errno == errno.ELOOP else folder, error) from error
        writer = CorpusWriter(folder, job, overwrite=overwrite)
        with told_when_the_disk_fails(folder):
            writer.clear_up()
            yield writer


class CorpusWriter:
    """A corpus folder that a job may write, see `writing`.

    Attributes:
        record: what an earlier job left as ``run.json``; empty where there was none.
        missing: what the earlier job wrote and is no longer there.
    """

    def __init__(self, path: Path, job: Job, *, overwrite: bool) -> None:
        self.path = path
        self.job = job
        self.overwrite = overwrite
        self.record = self._earlier()
        self.missing = self._missing()

    def _missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.record.get("files", ()) if not _is_there(self.path / name))

    def _earlier(self) -> dict[str, Any]:
        if not (self.path / RECORD).exists():
            return {}
        try:
            return read_record(self.path)
        except InputError:
            if self.overwrite:
                return {"job": self.job}
            raise

    @property
    def complete(self) -> bool:
        """Whether an earlier job came to its end and everything that it wrote is there."""
        return bool(self.record.get("finished")) and not self.missing

    def check(self, signature: Mapping[str, Any]) -> None:
        """Refuses a folder that the job may not write into; `signature` is as much of it as is known yet.

        Raises:
            SignatureError: it holds the outcome of other inputs or options; says which, with both values.
            OutputError: it holds something else.
        """
        self._refuse_links()
        if self.overwrite:
            self._refuse_foreign()
        elif not self.record:
            self._refuse_other_files()
        elif self.record.get("job") != self.job:
            raise OutputError(
                f"{self.path}: holds what align {self.record.get('job')} wrote; "
                f"choose another -o for align {self.job}, or --overwrite"
            )
        elif not self._of_nothing:
            self._compare(signature, _plain(signature))

    def begin(self, signature: Mapping[str, Any], **about: Any) -> bool:
        """Whether an earlier job with this very signature is continued; else the folder is emptied of what it left.

        `about` is added to the record. From here to `finish` the folder holds an unfinished job.

        Raises:
            SignatureError, OutputError: as `check`.
        """
        self.check(signature)
        if self.record and not self.overwrite:
            old, new = self.record.get("signature", {}), _plain(signature)
            if old == new or not self._of_nothing:
                self._compare(sorted(set(old) - set(new)), new)
                return True
        self._empty()
        # Before anything else is written: a folder without it would not be taken for a job's.
        self.write(signature=signature, **about)
        return False

    def write(self, **changes: Any) -> None:
        """Writes the record, keeping what it held before and is not changed."""
        about = {"format": FORMAT, "version": __version__, "job": self.job, "finished": False}
        self.record = about | self.record | changes
        if "files" in self.record:  # last, in a job that goes on after a kill as well
            self.record["files"] = self.record.pop("files")
        with atomic(self.path / RECORD) as stream:
            json.dump(self.record, stream, ensure_ascii=False, indent=1)
            stream.write("\n")

    def settle(self, *names: str) -> None:
        """Declares finished what was finished but for what the record says under these names."""
        for name in names:
            self.record.pop(name, None)
        self.write(finished=True)
        self.missing = self._missing()

    def finish(self, files: Iterable[str], **changes: Any) -> None:
        """Declares the job finished, and what it wrote: names below the folder."""
        self.write(**changes, finished=True, files=list(files))

    def clear(self) -> None:
        """Removes what the job has written, to write it anew; what a kill leaves behind is known as unfinished."""
        self.write(finished=False, files=[])
        self._remove(self.job)

    def clear_up(self) -> None:
        """Removes what an earlier process was writing when it was killed."""
        try:
            clear_parts(self.path, (RECORD, *WRITTEN[self.job]))
            for name in (ALIGNED, KEPT, REPORT) if self.record else ():
                clear_parts(self.path / name, deep=True)
        except OSError as error:
            raise unwritable(error.filename, error) from error

    @property
    def _of_nothing(self) -> bool:
        """Whether nothing is lost with what is there.

        An earlier job found no document it could use, as after a mistyped path, or was killed while it emptied the
        folder.
        """
        if self.record.get("signature") == {}:
            return True
        summary = self.record.get("summary") or {}
        return bool(self.record.get("finished") and summary) and summary.get("documents", -1) == summary.get(
            "failed"
        )

    def _compare(self, names: Iterable[str], new: Mapping[str, Any]) -> None:
        """Refuses a folder made with another value of one of the names."""
        old = self.record.get("signature", {})
        for name in names:
            if old.get(name) != new.get(name):
                of = "of other documents, with" if name == "inputs" else "with"
                raise SignatureError(
                    f"{self.path}: holds {_A_JOB[self.job]} {of} {name.removeprefix('read_')} "
                    f"{_short(old.get(name))}, asked for is {_short(new.get(name))}; {self._remedy(name)}"
                )

    def _remedy(self, name: str) -> str:
        """What to do about another value of this name: a corpus that grows is more than what is asked for anew."""
        batches, inputs = len(self.record.get("batches", ())), self.record.get("inputs", ())
        if not batches and name == "inputs" and not self.record.get("finished"):
            first = f"finish it with {_short(' '.join(map(str, inputs)))}, " if inputs else ""
            return f"{first}choose another -o, or --overwrite"
        if not batches:
            return "choose another -o, or --overwrite"
        first = "add to it with --append, " if name == "inputs" else "say the same as for its first batch, "
        return f"{first}choose another -o, or make it anew with --overwrite alone (it has {counted(batches, 'batch')})"

    def _refuse_other_files(self) -> None:
        ours = (".", REVIEW, CALIBRATION)
        others = sorted(path.name for path in self.path.iterdir() if not path.name.startswith(ours))
        if others:
            raise OutputError(
                f"{self.path}: holds other files ({others[0]}); choose another -o, or --overwrite what is a run's"
            )

    def _refuse_links(self) -> None:
        """A folder that leads elsewhere: what is written into it would not be in this folder."""
        for name in WRITTEN[self.job]:
            path = self.path / name
            if path.is_symlink() and path.is_dir():
                raise OutputError(
                    f"{path}: is a link to {path.readlink()}, and nothing is written outside of {self.path}; remove it"
                )

    def _refuse_foreign(self) -> None:
        """--overwrite is for what a job left: a folder called report/ that somebody else filled must not go with it."""
        ours = WRITTEN[self.record["job"]] if self.record else ()
        for name in WRITTEN[self.job]:
            if name not in ours and (self.path / name).exists():
                what = (
                    f"that align {self.record['job']} did not write" if ours else f"but no run (no {RECORD})"
                )
                raise OutputError(
                    f"{self.path}: holds {name} {what}, so it is not overwritten; choose another -o"
                )

    def _empty(self) -> None:
        if not self.record:
            return
        earlier: Job = self.record["job"]
        # What a kill leaves behind must be known as a job's, and not look like one that can be continued.
        self.record = {}
        self.write(job=earlier, signature={})
        self._remove(earlier)
        (self.path / RECORD).unlink()
        self.record, self.missing = {}, ()

    def _remove(self, job: Job) -> None:
        try:
            for name in WRITTEN[job]:
                path = self.path / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(error.filename, error) from error


def _is_there(path: Path) -> bool:
    """Whether something is there: a file that a crash has emptied is not."""
    return path.is_dir() or (path.is_file() and path.stat().st_size > 0)


def _plain(signature: Mapping[str, Any]) -> dict[str, Any]:
    """The signature as it comes back from JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(signature))
    return plain


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
