__version__: str
from align.alignment.aligner import align_texts as align_texts
from align.alignment.aligner import align_versions as align_versions
from align.alignment.result import Alignment as Alignment
from align.corpus.folder import CorpusFolder as CorpusFolder
from align.corpus.folder import open_corpus as open_corpus
from align.dedup import Duplicates as Duplicates
from align.dedup import find_duplicates as find_duplicates
from align.dedup import find_repeats as find_repeats
from align.document import Document as Document
from align.encoders import get_encoder as get_encoder
from align.errors import AlignError as AlignError
from align.jobs.run import RunOptions as RunOptions
from align.jobs.run import run as run
from align.pairing import Pairs as Pairs
from align.pairing import find_pairs as find_pairs
from align.reading import ReadOptions as ReadOptions
from align.reading import read_batch as read_batch
