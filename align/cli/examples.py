"""Two examples of each command, as its help shows them; a test runs them in this order beside the sample articles."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        "align run seeds -o out",
        "align run seeds -o corpus --append --keep first --json",
    ),
    "dedup": (
        "align dedup seeds --dry-run",
        "align dedup seeds -o kept --index earlier --cut repeats",
    ),
    "pairs": (
        "align pairs seeds -o translations.tsv --documents checked.tsv",
        "align pairs seeds --given translations.tsv --min-probability 0.8",
    ),
    "texts": (
        "align texts seeds/000_c526307fd2420ecf.txt seeds/001_d945e63c1141dd87.txt",
        "align texts seeds/000_c526307fd2420ecf.txt seeds/001_d945e63c1141dd87.txt --level paragraph -o beads.tsv",
    ),
    "export": (
        "align export out -o corpus.tmx --min-confidence 0.5",
        "align export out -o corpus --format moses --languages en-zh --types 1-1,1-2,2-1 --unique",
    ),
    "terms": (
        "align terms out -o terms.tbx --min-count 3",
        "align terms out --languages en-zh --level paragraph",
    ),
    "report": (
        "align report out",
        "align report out --no-words --max-duplicates 100",
    ),
    "review": (
        "align review out --export decisions.tsv --all",
        "align review out --apply decisions.tsv --reviewer Ann",
    ),
    "score": (
        "align score beads.tsv beads.tsv",
        "align score beads.tsv beads.tsv --format json",
    ),
    "models": (),
    "models list": (
        "align models list",
        "align models list --format tsv",
    ),
    "models where": (
        "align models where use",
        "align models where e5",
    ),
    "models fetch": (
        "align models fetch use",
        "align models fetch e5 --json",
    ),
    "corpus": (),
    "corpus info": (
        "align corpus info corpus",
        "align corpus info corpus > batches.tsv",
    ),
    "corpus remove": (
        "align corpus remove corpus 004_36b3aad7987ac630.txt",
        "align corpus remove corpus 002_0a687ad9dad331a4.txt 003_62ea4ae1f09069e8.txt --json",
    ),
    "corpus compact": (
        "align corpus compact corpus",
        "align corpus compact corpus --json",
    ),
    "index": (),
    "index info": (
        "align index info earlier",
        "align index info earlier > settings.tsv",
    ),
    "index verify": (
        "align index verify earlier",
        "align index verify earlier > checked.tsv",
    ),
    "index remove": (
        "align index remove earlier 004_36b3aad7987ac630.txt",
        "echo 002_0a687ad9dad331a4.txt | align index remove earlier -",
    ),
    "index merge": (
        "align index merge earlier",
        "align index merge earlier --json",
    ),
}
"""By the command's path; a group shows those of its commands."""


def examples_of(path: str) -> tuple[str, ...]:
    """The examples of a command, or the first one of each command of a group."""
    own = EXAMPLES.get(path, ())
    below = tuple(lines[0] for name, lines in EXAMPLES.items() if name.startswith(f"{path} ") and lines)
    return own or below
