"""The stages of the pairing: functions from record batches to record batches that know nothing of who runs them.

Documents are numbers in the order of their ids, so that ties are decided as they are where all of a batch is at hand.
"""
