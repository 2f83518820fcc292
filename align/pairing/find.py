"""Finding the translation pairs of a batch, step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from align._internal.options import chosen
from align._internal.parallel import one_blas_thread
from align._internal.progress import Progress, silent
from align._internal.shelf import Pickles, Shelf
from align.document import Document
from align.encoders import Encoder, as_encoder, encoder_for, for_profiles
from align.errors import UsageError
from align.pairing.assemble import assemble_pairs
from align.pairing.blocks import document_frequencies
from align.pairing.candidates import candidate_pairs
from align.pairing.classifier import weights_signature
from align.pairing.earlier import ALL
from align.pairing.grouping import Edge
from align.pairing.index import PairIndex
from align.pairing.options import PairOptions, id_pairs
from align.pairing.profiles import Profile, distinctive_names, encode, make_profiles
from align.pairing.result import Pairs
from align.pairing.scoring import Comparison
from align.pairing.verify import verify_pairs
from align.pairing.views import make_sketches, other_encoders, view_candidates
from align.reading.documents import Documents, to_documents
from align.text.declared import settle_document


def find_pairs(
    documents: Documents,
    *,
    encoder: str | Encoder | None = None,
    min_probability: float | None = None,
    given: Iterable[tuple[str, str]] = (),
    options: PairOptions | None = None,
    progress: Progress | None = None,
) -> Pairs:
    """Finds which documents are translations of each other; what is given directly wins over `options`.

    Documents come in any form of `align.reading.documents`; those without a language get one. Near-duplicates should
    have been taken out before: of two documents of one language that say the same, one is paired and the other is named
    as its rival, unless their tags say that they are in different variants (``pt-BR`` and ``pt-PT``): each then has the
    partner in its own right. A pair has two languages; variants of one are paired with each other only where they are
    given. With an index, partners are also looked for in earlier batches, and the batch is added to it.

    Raises:
        UsageError: what was given are no documents, two of them have one id, or options make no sense.
        SignatureError, IndexFileError: the index was made with another encoder, or is damaged.
        EncoderError: the encoder is unknown, missing or gives unusable vectors.
    """
    options = _merged(chosen(options, PairOptions), encoder, min_probability, given)
    index = open_pair_index(options) if options.index else None
    found, profiles = find_with_index(documents, options, index, progress)
    if index and options.keep:
        index.add(profiles, [(pair.source, pair.target) for pair in found])
    return found


def open_pair_index(options: PairOptions) -> PairIndex:
    """The index of these options.

    Raises:
        SignatureError, IndexFileError: it was made with another encoder, or is damaged.
    """
    assert options.index is not None
    alone = for_profiles(as_encoder(options.encoder))
    return PairIndex(options.index, alone.signature, alone.dimension)


def find_with_index(
    documents: Documents, options: PairOptions, index: PairIndex | None, progress: Progress | None = None
) -> tuple[Pairs, list[Profile]]:
    """`find_pairs` with an index that is open and stays as it is; the profiles of the batch are what to add to it."""
    report = progress or silent
    model = as_encoder(options.encoder)
    unusable: dict[str, str] = {}
    batch, doubts = _put_aside(documents, unusable)
    order = list(batch)
    profiles, new, earlier, every = _profiles(batch, index, options, report)
    others = other_encoders(model, (profile.language for profile in profiles))
    sketches = make_sketches(profiles, others, report, index.sketches if index else None)
    found = candidate_pairs(profiles, options.neighbours, new, sketches, batch.shelf, every)
    place = {profile.id: i for i, profile in enumerate(profiles)}
    given_edges, excluded, left_out = given_and_excluded(place, options)
    names = (pair for pair in _same_names(profiles) if pair[0] < new) if options.names else ()
    edges = found.united(names, given_edges, earlier).without(excluded)
    settled = {edge for edge in earlier if edge[0] >= new} - excluded  # pairs of earlier batches stay
    needed = range(new) if index else edges.documents
    _encode(profiles, needed, for_profiles(model), report)
    view_candidates(profiles, edges, others, report)
    comparison = Comparison(profiles, options)
    comparison.compare(edges, lambda done: report("comparing", done, len(edges)))
    left = _verify(comparison, model, index, report, settled)
    comparison.weigh(edge for edge in comparison.edges if edge not in left)
    warnings, signature = (*doubts, *left_out), pair_signature(options)
    pairs = assemble_pairs(
        comparison, given_edges, excluded, options, warnings, signature, range(new), settled
    )
    return _in_order(pairs, order, unusable), profiles[:new]


def profiles_of(documents: Iterable[Document], options: PairOptions, index: PairIndex) -> list[Profile]:
    """The profiles of documents that are to be added to an index, encoded, in the order of their ids."""
    batch = sorted(documents, key=lambda document: document.id)
    frequencies = document_frequencies(batch)
    earlier = index.documents.frequencies(frequencies.fingerprints, {document.id for document in batch})
    frequencies.add_earlier(earlier)
    with one_blas_thread():
        found = list(make_profiles(batch, frequencies))
    encode(found, for_profiles(as_encoder(options.encoder)), lambda done: None)
    return found


def _encode(profiles: Sequence[Profile], needed: Iterable[int], encoder: Encoder, report: Progress) -> None:
    """Encodes those of the needed documents that are not encoded yet."""
    pending = [profiles[i] for i in needed if not profiles[i].encoded]
    report("encoding", 0, len(pending))
    encode(pending, encoder, lambda done: report("encoding", done, len(pending)))


def _put_aside(documents: Documents, unusable: dict[str, str]) -> tuple[Pickles[Document], list[str]]:
    """The documents with their languages, put aside unless they are already, and what is to be known of these.

    What cannot be used goes into `unusable`.
    """
    batch = documents if isinstance(documents, Pickles) else Pickles[Document](Shelf())
    warnings = []
    given = batch.values() if batch is documents else to_documents(documents, problems=unusable)
    for document in given:
        (settled,), doubts = with_languages([document])
        warnings += doubts
        if batch is not documents or settled != document:
            batch.put(document.id, settled)
    return batch, warnings


def with_languages(documents: Iterable[Document]) -> tuple[list[Document], list[str]]:
    """The documents, each with a language if it says anything in one, and what is to be known of that."""
    found, warnings = [], []
    for document in documents:
        looked_at = any(paragraph.language for paragraph in document.paragraphs)
        if not document.language or not looked_at:
            document, doubts = settle_document(document)
            warnings += [f"{document.id}: {doubt}" for doubt in doubts]
        found.append(document)
    return found, warnings


def _in_order(found: Pairs, order: Sequence[str], unusable: dict[str, str]) -> Pairs:
    """The pairs with the documents that have no partner as they came in, and then those that could not be used."""
    taken = set(order)
    unpaired = {id: found.unpaired[id] for id in order if id in found.unpaired}
    unpaired |= {id: problem for id, problem in unusable.items() if id not in taken}
    warnings = [f"{id}: {problem}; left out" for id, problem in unusable.items() if id in taken]
    return replace(found, unpaired=unpaired, warnings=(*found.warnings, *warnings))


def _verify(
    comparison: Comparison,
    model: Encoder,
    index: PairIndex | None,
    report: Progress,
    settled: Set[Edge] = frozenset(),
) -> Set[Edge]:
    """Verifies the pairs that are open; what an index holds of the same texts is not verified again.

    Nor are pairs that are `settled`, unless one of their documents has another partner to choose from; returns those of
    them that there is nothing more to know about.
    """
    edges = comparison.to_verify()
    contested = {i for edge in edges if edge not in settled for i in edge}
    left = {edge for edge in settled if contested.isdisjoint(edge)}
    edges = [edge for edge in edges if edge not in left]
    profiles = comparison.profiles
    alone = for_profiles(model)

    def kept(edge: Edge) -> bool:
        """Whether the index may hold it: what it holds was made by the encoder of the profiles."""
        return encoder_for(model, *(profiles[i].language for i in edge)) is alone

    before = (
        {edge: index.verification(*(profiles[i] for i in edge)) for edge in filter(kept, edges)}
        if index
        else {}
    )
    for edge, verification in before.items():
        if verification:
            comparison.add_verification(edge, verification)
    pending = [edge for edge in edges if not before.get(edge)]
    report("aligning", 0, len(pending))
    for edge, verification in verify_pairs(
        pending,
        profiles,
        model,
        lambda done: report("aligning", done, len(pending)),
        comparison.whole.vocabulary,
    ):
        comparison.add_verification(edge, verification)
        if index and kept(edge):
            index.remember(profiles[edge[0]], profiles[edge[1]], verification)
    return left


def _merged(
    options: PairOptions,
    encoder: str | Encoder | None,
    min_probability: float | None,
    given: Iterable[tuple[str, str]],
) -> PairOptions:
    """The options with what was given directly."""
    return replace(
        options,
        encoder=encoder or options.encoder,
        min_probability=options.min_probability if min_probability is None else min_probability,
        given=(*options.given, *id_pairs(given, "given")),
    )


def _profiles(
    batch: Pickles[Document], index: PairIndex | None, options: PairOptions, report: Progress
) -> tuple[list[Profile], int, set[Edge], bool]:
    """Profiles of the batch, then of earlier documents; how many are the batch's; earlier pairs.

    Last whether all earlier documents are among them. Those of the batch are in the order of their ids.
    """
    ids = set(batch)
    frequencies = document_frequencies(batch.values())
    if index:
        frequencies.add_earlier(index.documents.frequencies(frequencies.fingerprints, ids))
    same = {profile.id: profile for profile in index.profiles(ids)} if index else {}
    found: list[Profile] = []
    ordered = (batch[id] for id in sorted(ids))  # so that nothing depends on the order they came in
    with one_blas_thread():
        for profile in make_profiles(ordered, frequencies, batch.shelf):
            if (kept := same.get(profile.id)) and kept.digest == profile.digest:
                profile.quantised = kept.quantised
            found.append(profile)
            report("reading", len(found), len(batch))
    if index is None:
        return found, len(batch), set(), True
    return _with_earlier(found, index, options)


def _with_earlier(
    new: list[Profile], index: PairIndex, options: PairOptions
) -> tuple[list[Profile], int, set[Edge], bool]:
    """`_profiles` of the documents of earlier batches that may be partners, or are those of such ones."""
    documents, ids = index.documents, {profile.id for profile in new}
    few = len(documents) <= ALL
    nearest = set() if few else documents.nearest(new, options.neighbours, ids)
    if few:
        chosen = set(documents.latest)
    else:
        named = {name for profile in new for name in profile.names} if options.names else set()
        given = {id for pair in (*options.given, *options.exclude) for id in pair}
        foreign = documents.needing(as_encoder(options.encoder), {profile.language for profile in new})
        chosen = documents.partners(nearest | documents.named(named) | given | ids) | foreign
    profiles = [*new, *index.profiles(chosen - ids)]
    place = {profile.id: i for i, profile in enumerate(profiles)}
    joined = (pair for pair in documents.pairs if pair[0] in place and pair[1] in place)
    pairs = {(min(i, j), max(i, j)) for i, j in ((place[a], place[b]) for a, b in joined)}
    return profiles, len(new), pairs, few


def _same_names(profiles: Sequence[Profile]) -> Iterable[Edge]:
    """Documents whose ids or addresses differ in nothing but the language they name."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for i, names in enumerate(distinctive_names(profiles)):
        for key in names:
            by_name[key].append(i)
    for members in by_name.values():
        for at, i in enumerate(members):
            yield from ((i, j) for j in members[at + 1 :] if profiles[i].language != profiles[j].language)


def given_and_excluded(
    place: Mapping[str, int], options: PairOptions
) -> tuple[set[Edge], set[Edge], list[str]]:
    """The given and the excluded pairs as numbers, and a warning for each that names no document of the batch.

    `place` is the number of each document that they name.

    Raises:
        UsageError: a pair is both.
    """
    warnings = []
    edges: tuple[set[Edge], set[Edge]] = (set(), set())
    for kind, pairs, found in (("given", options.given, edges[0]), ("excluded", options.exclude, edges[1])):
        for pair in pairs:
            missing = [id for id in pair if id not in place]
            if missing or pair[0] == pair[1]:
                why = f"'{missing[0]}' is not in the batch" if missing else "names one document twice"
                warnings.append(f"{kind} pair {pair[0]} - {pair[1]}: {why}; left out")
                continue
            a, b = sorted(place[id] for id in pair)
            found.add((a, b))
    if both := edges[0] & edges[1]:
        names = {number: id for id, number in place.items()}
        a, b = min(both)
        raise UsageError(f"pair {names[a]} - {names[b]} is both given and excluded; take it out of one")
    return edges[0], edges[1], warnings


def pair_signature(options: PairOptions) -> dict[str, object]:
    return {
        "encoder": as_encoder(options.encoder).signature,
        "weights": weights_signature(),
        "min_probability": options.min_probability,
        "neighbours": options.neighbours,
        "names": options.names,
        "given": len(options.given),
        "excluded": len(options.exclude),
    }
