"""Paragraph and sentence alignment: candidates, evidence, weights, exact search, confidence."""

from align.alignment.bead import Bead

__all__ = [
    "AlignOptions",
    "Alignment",
    "Bead",
    "align_documents",
    "align_texts",
    "align_units",
    "align_versions",
]


def __getattr__(name: str) -> object:
    """The rest on first use, so that a module that only needs `Bead` does not load the aligner."""
    if name in __all__:
        from align.alignment import aligner, options, result

        homes = {"Alignment": result, "AlignOptions": options}
        return getattr(homes.get(name, aligner), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
