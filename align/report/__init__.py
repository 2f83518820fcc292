"""A run as pages that open from disk: the batch, every pair of translations, every pair of near-duplicates."""
