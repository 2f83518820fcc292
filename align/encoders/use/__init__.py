"""The embedded default encoder, its files, its tokens and its network."""
