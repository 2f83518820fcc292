"""What does not count in the comparison, when it is asked for."""

from __future__ import annotations

from types import ModuleType

import pytest

from align.dedup import DedupOptions, find_duplicates
from align.dedup.explain import explain
from align.dedup.normalization import folded_table
from align.dedup.options import NORMALIZE, Normalize

from .conftest import buffers

PAIRS: dict[Normalize, tuple[str, str]] = {
    "accents": ("Le café près de l’été à déjà reçu ses élèves, ὁ λόγος",
                "le cafe pres de l’ete a deja recu ses eleves, ο λογος"),
    "han": ("後來他們發現這裡很乾淨，說明眾人為此而來", "后来他们发现这里很干净，说明众人为此而来"),
    "hyphens": ("the demon-\nstration of auto-\r\n matic re\u00ad\npair was a success",
                "the demonstration of automatic repair was a success"),
}  # fmt: skip


def similarity(pair: tuple[str, str], *steps: Normalize) -> float:
    return explain(("a", pair[0]), ("b", pair[1]), DedupOptions(normalize=steps)).similarity


@pytest.mark.parametrize("step", NORMALIZE)
def test_a_step_makes_its_pairs_alike_and_no_other_does(step: Normalize) -> None:
    assert similarity(PAIRS[step], step) == 1
    assert similarity(PAIRS[step], *(other for other in NORMALIZE if other != step)) < 0.5


def test_marks_that_are_optional_never_count() -> None:
    assert similarity(("مُحَمَّدٌ كـــتب الرسالة إلى أخيه", "محمد كتب الرسالة إلى أخيه")) == 1
    assert similarity(("בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת", "בראשית ברא אלהים את")) == 1


def test_what_is_alike_only_so_is_near_and_not_identical() -> None:
    found = find_duplicates(
        list(zip("ab", PAIRS["hyphens"], strict=True)), options=DedupOptions(normalize=("hyphens",))
    )
    assert [(pair.kind, pair.similarity) for pair in found.pairs] == [("near", 1.0)]


@pytest.mark.parametrize("steps", [(), ("accents",), ("han",), ("accents", "han")])
def test_both_kernels_fold_alike(kernel: ModuleType, steps: tuple[Normalize, ...]) -> None:
    from align.dedup.kernel import reference

    data, offsets = buffers(
        ["Ünï Ελλά ἀρχή й ё 後來發現 café 豈 한국어 ガ が ǖ ﬁ e\u0301\u0323", "", "x\u0301"]
    )
    table = folded_table(steps).buffers
    assert kernel.sketch(data, offsets, table, 2, 16) == reference.sketch(data, offsets, table, 2, 16)
    assert kernel.lines(data, offsets, table) == reference.lines(data, offsets, table)
