"""A passage that stands elsewhere in the other text is reported as reordered."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.alignment import align_texts
from align.alignment.bead import Bead
from align.alignment.reordered import _doubted
from align.formats.beads import read_tsv


def test_a_reordered_passage_is_found_and_stands_where_its_source_stands(
    english_german: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    source, german = (side[:40] for side in english_german)
    target = [*german[:5], *german[11:30], *german[5:11], *german[30:]]
    found = align_texts(source, target)
    reordered = {(b.source, b.target) for b in found.reordered}
    expected = {((k,), (target.index(german[k]),)) for k in range(5, 11)}
    assert len(reordered & expected) >= 5
    assert sorted(i for b in found.beads for i in b.source) == list(range(40))
    assert sorted(j for b in found.beads for j in b.target) == list(range(40))
    sources = [b.source for b in found.beads if b.source]
    assert sources == sorted(sources)
    found.write(tmp_path / "x.tsv")
    rows = [row for row in read_tsv(tmp_path / "x.tsv") if row.reordered]
    assert [row.bead for row in rows] == [n for n, b in enumerate(found.beads) if b.reordered]


def test_what_is_only_like_it_is_not_taken_for_a_reordered_passage(
    english_german: tuple[list[str], list[str]],
) -> None:
    """Elsewhere the same is said of somebody else: the aligner is not sure of it, so both stay gaps."""
    source, german = (side[:40] for side in english_german)
    other = english_german[1][76]
    assert other.split(" kaufte ")[-1] != german[6]
    target = [*german[:6], *german[7:21], other, *german[21:]]
    found = align_texts(source, target)
    assert found.reordered == ()
    gaps = {(b.source, b.target) for b in found.gaps}
    assert {((6,), ()), ((), (20,))} <= gaps


PASSAGES = [
    (
        ["The lighthouse was sold to a hotel chain last week.", "Its lamp has been dark since the spring of 1998.",
         "The new owners want to paint it white again."],
        ["Der Leuchtturm wurde letzte Woche an eine Hotelkette verkauft.", "Seine Lampe ist seit Frühjahr 1998 dunkel.",
         "Die neuen Besitzer wollen ihn wieder weiß streichen."],
    ),
    (
        ["Three ferries a day cross the bay in summer.", "A ticket for a car costs forty euros.",
         "Dogs travel free but must wear a muzzle."],
        ["Im Sommer überqueren drei Fähren am Tag die Bucht.", "Eine Fahrkarte für ein Auto kostet vierzig Euro.",
         "Hunde fahren kostenlos, müssen aber einen Maulkorb tragen."],
    ),
    (
        ["The school closed because there were only nine pupils left.", "They now take the bus to the next village.",
         "The teacher has opened a bakery in the old classroom."],
        ["Die Schule wurde geschlossen, weil nur noch neun Schüler da waren.",
         "Sie fahren jetzt mit dem Bus ins nächste Dorf.",
         "Die Lehrerin hat im alten Klassenzimmer eine Bäckerei eröffnet."],
    ),
    (
        ["Fishermen complain about seals that tear their nets.", "The ministry has promised to pay for the damage.",
         "So far nobody has received any money."],
        ["Fischer klagen über Robben, die ihre Netze zerreißen.",
         "Das Ministerium hat versprochen, den Schaden zu bezahlen.",
         "Bisher hat niemand Geld erhalten."],
    ),
    (
        ["In winter the wind sometimes breaks the power lines.", "Every house keeps candles and dry wood.",
         "People then meet in the church, where it is warm."],
        ["Im Winter zerreißt der Wind manchmal die Stromleitungen.", "Jedes Haus hat Kerzen und trockenes Holz.",
         "Die Leute treffen sich dann in der Kirche, wo es warm ist."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "order",
    [[3, 4, 2, 0, 1], [1, 0, 3, 2, 4], [4, 3, 2, 1, 0], [0, 2, 3, 4, 1]],
    ids=["sections", "swaps", "reversed", "a note at the end"],
)
def test_passages_are_found_in_any_order(order: list[int]) -> None:
    source = [sentence for english, _ in PASSAGES for sentence in english]
    target = [sentence for k in order for sentence in PASSAGES[k][1]]
    found = align_texts(source, target)
    right = {((3 * k + n,), (3 * place + n,)) for place, k in enumerate(order) for n in range(3)}
    assert {(b.source, b.target) for b in found.beads} == right
    whole = align_texts(
        "\n".join(" ".join(english) for english, _ in PASSAGES),
        "\n".join(" ".join(PASSAGES[k][1]) for k in order),
    )
    assert {(b.source, b.target) for b in whole.beads} == right


def test_a_gap_with_a_possible_answer_elsewhere_is_claimed_with_less() -> None:
    gaps = [Bead((0,), (), 1.0), Bead((), (0,), 0.9), Bead((1,), (1,), 1.0), Bead((2,), (), 0.2)]
    possible = {(True, 0): 0.6, (True, 2): 0.6, (True, 1): 0.6}
    assert [round(_doubted(bead, possible).confidence, 4) for bead in gaps] == [0.4, 0.9, 1.0, 0.2]
