"""Pairing: which documents of a batch are translations of each other."""

from align.pairing.find import find_pairs
from align.pairing.options import PairOptions
from align.pairing.result import DocumentPair, Pairs, Unpaired

__all__ = ["DocumentPair", "PairOptions", "Pairs", "Unpaired", "find_pairs"]
