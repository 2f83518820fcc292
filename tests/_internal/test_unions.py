from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from align._internal.unions import Unions

NUMBERS = st.integers(0, 9)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_what_a_chain_of_pairs_connects_is_one_set(pairs: list[tuple[int, int]]) -> None:
    unions: Unions[int] = Unions()
    sets = [{number} for number in range(10)]
    for first, second in pairs:
        lead = unions.leading(first)
        unions.join(first, second)
        assert unions.leading(second) == lead
        joined = set().union(*(group for group in sets if group & {first, second}))
        sets = [group for group in sets if not group & joined] + [joined]
    for group in sets:
        assert len({unions.leading(number) for number in group}) == 1
    assert len({unions.leading(number) for number in range(10)}) == len(sets)
    assert sorted(unions.items()) == list(range(10))
