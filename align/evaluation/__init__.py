"""Scores against gold: alignments, pairs, and how true a confidence is."""
