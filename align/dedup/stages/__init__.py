"""Deduplication in stages, for engines that never hold a batch whole: functions from record batches to record batches.

Documents go by numbers that rise in order of reading (the input's place << 32 | the row in it) and need not be dense.
What belongs together comes together (`align._internal.runs`): the engine parts and sorts the rows, the stages only go
through them. The outcome is that of `align.dedup.find`, pair for pair.
"""
