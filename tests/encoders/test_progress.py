from __future__ import annotations

import logging

import click
import pytest

from align.cli import _listen
from align.cli.console import QUIET
from align.encoders import progress
from align.encoders.progress import BATCH, batches


def test_a_slow_encoder_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [str(number) for number in range(3 * BATCH + 1)]
    with caplog.at_level(logging.INFO, "align"):
        assert [text for some in batches(texts, "laser") for text in some] == texts
        assert not caplog.records  # it was quick
        monkeypatch.setattr(progress, "_EVERY", 0.0)
        assert [len(some) for some in batches(texts, "laser")] == [BATCH] * 3 + [1]
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(" texts")[0] for line in said] == [
        f"encoder 'laser': {BATCH * n} of {len(texts)}" for n in (1, 2, 3)
    ]
    assert list(batches([], "laser")) == []


@pytest.mark.parametrize("quiet", [False, True])
def test_the_command_line_passes_it_on(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("align")
    before, level = list(log.handlers), log.level
    try:
        _listen()
        with click.Context(click.Command("texts")) as context:
            context.meta[QUIET] = quiet
            log.info("so far")
            log.warning("careful")
    finally:
        log.handlers[:], log.level = before, level
    said = ["align: warning: careful"] if quiet else ["align: so far", "align: warning: careful"]
    assert capsys.readouterr().err.splitlines() == said
