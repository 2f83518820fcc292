"""Near-duplicate documents and repeated passages: MinHash proposes, exact similarity decides."""
