"""Beads with the texts that break file formats."""

from __future__ import annotations

from hypothesis import strategies as st

from align.formats.beads import BeadRow

HOSTILE = (
    "tab\there",
    "line\nbreak",
    "cr\rhere\r\n",
    "\"quoted\" 'single'",
    "<b>&amp;</b> & ]]> <!-- x -->",
    "\U0001f469\u200d\U0001f469\u200d\U0001f466",
    "مرحبا \u200f123\u200e بالعالم",
    "\x00\x01\x1b[31mred\x7f\x85",
    "\ud800 lone",
    "\u2028\u2029\ufeff\ufffe\uffff",
    "=cmd|' /C calc'!A0",
    "</script><script>alert(1)</script>",
    "e\u0301 vs \xe9",
    "",
    " leading and trailing ",
    "\\n \\t \\",
    "||| # comment",
    "{}[]:,",
)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
positions = st.lists(st.integers(0, 99).map(lambda n: f"p7s{n}"), max_size=3).map(tuple)


@st.composite
def rows(draw: st.DrawFn) -> list[BeadRow]:
    """A list of beads as an aligner makes them: an empty side has no text, and no bead is empty on both sides."""
    beads = []
    for number in range(draw(st.integers(0, 6))):
        source = draw(positions)
        target = draw(positions if source else positions.filter(bool))
        beads.append(
            BeadRow(
                bead=number,
                type=f"{len(source)}-{len(target)}",
                source_positions=source,
                target_positions=target,
                confidence=draw(st.integers(0, 10_000)) / 10_000,
                source=draw(texts) if source else "",
                target=draw(texts) if target else "",
                reordered=bool(source and target and draw(st.booleans())),
            )
        )
    return beads
