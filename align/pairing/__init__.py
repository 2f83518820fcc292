"""Pairing: which documents of a batch are translations of each other."""

from align.pairing.find import find_pairs
from align.pairing.given import read_given
from align.pairing.options import PairOptions
from align.pairing.result import DocumentPair, Pairs

__all__ = ["DocumentPair", "PairOptions", "Pairs", "find_pairs", "read_given"]
