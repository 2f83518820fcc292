"""Paragraph and sentence alignment: features, weights, dynamic programming, confidence."""
