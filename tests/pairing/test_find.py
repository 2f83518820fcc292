"""Finding pairs, with the real encoder on the sample articles and on what can go wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from align.document import Document
from align.errors import UsageError
from align.pairing import Pairs, find_pairs
from align.pairing.blocks import document_frequencies
from align.pairing.evidence import Rarity
from align.pairing.options import PairOptions
from align.pairing.profiles import make_profiles
from align.pairing.verify import Verification


def read(folder: Path) -> list[Document]:
    return [Document.from_text(p.name, p.read_text("utf-8")) for p in sorted(folder.glob("*.txt"))]


@pytest.fixture(scope="module")
def articles(seeds: Path) -> list[Document]:
    return read(seeds)


@pytest.fixture(scope="module")
def found(articles: list[Document]) -> Pairs:
    return find_pairs(articles)


def test_the_sample_pair_is_found_and_nothing_else(found: Pairs) -> None:
    pair = found.pairs[0]
    assert (pair.source[:3], pair.target[:3]) == ("000", "001")
    assert (pair.source_language, pair.target_language) == ("en", "zh")
    assert pair.probability > 0.95
    assert pair.source_coverage > 0.9
    assert pair.margin is not None
    assert pair.margin > 0.3
    assert len(found) == 1
    assert [id[:3] for id in found.unpaired] == ["002", "003", "004"]
    assert all(found.unpaired.values())


def test_the_order_of_the_batch_does_not_matter(articles: list[Document], found: Pairs) -> None:
    again = find_pairs(articles[::-1])
    assert again.pairs == found.pairs


@pytest.mark.slow
@pytest.mark.bytes
def test_the_threads_of_blas_change_nothing(articles: list[Document]) -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.append(find_pairs(articles).pairs)
    assert found[0] == found[1]


def test_one_language_can_be_the_source(articles: list[Document], found: Pairs) -> None:
    (plain,) = found.pairs
    (turned,) = find_pairs(articles, options=PairOptions(source_language="zh")).pairs
    assert (plain.source_language, turned.source_language) == ("en", "zh")
    assert (turned.source, turned.target) == (plain.target, plain.source)
    assert (turned.source_coverage, turned.probability) == (plain.target_coverage, plain.probability)
    assert find_pairs(articles, options=PairOptions(source_language="id")).pairs == found.pairs


def test_articles_on_the_same_subject_are_no_pair(articles: list[Document]) -> None:
    assert not find_pairs(articles[1:]).pairs


@pytest.mark.slow
def test_a_part_finds_the_article_it_is_taken_from(articles: list[Document]) -> None:
    part = Document("part", articles[1].paragraphs[14:26], "zh")
    pair = find_pairs([articles[0], articles[2], articles[4], part]).pairs[0]
    assert {pair.source, pair.target} == {articles[0].id, "part"}
    coverage = dict(
        zip((pair.source, pair.target), (pair.source_coverage, pair.target_coverage), strict=True)
    )
    assert coverage["part"] > 0.8
    assert coverage[articles[0].id] < 0.6


def test_two_parts_of_a_translation_both_find_it(articles: list[Document]) -> None:
    whole, chinese = articles[0], articles[1].paragraphs
    parts = [Document("a", chinese[:24], "zh"), Document("b", chinese[24:], "zh")]
    pairs = find_pairs([whole, *parts]).pairs
    assert {id for pair in pairs for id in (pair.source, pair.target)} == {whole.id, "a", "b"}
    assert len(pairs) == 2


def test_of_two_equal_translations_one_is_paired_with_a_warning(articles: list[Document]) -> None:
    twin = Document("zzz", articles[1].paragraphs, "zh")
    result = find_pairs([articles[0], articles[1], twin])
    assert [(p.source, p.target) for p in result] == [(articles[0].id, articles[1].id)]
    assert "zzz" in result.pairs[0].warning
    assert result.pairs[0].runner_up == "zzz"
    assert articles[1].id in result.unpaired["zzz"]


def test_a_rival_that_the_quick_comparison_prefers_is_named(
    articles: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Document("part", articles[1].paragraphs[:20], "zh")
    batch = [articles[0], articles[1], part]

    def verifications(edges, profiles, *rest):
        for edge in edges:
            share = 0.9 if "part" in {profiles[i].id for i in edge} else 0.1
            yield edge, Verification((share, share), (share / 2, share / 2), 20 * share)

    monkeypatch.setattr("align.pairing.find.verify_pairs", verifications)
    monkeypatch.setattr("align.pairing.scoring._NEARLY_ALL", 2.0)  # though one is a part of the other
    (pair,) = find_pairs(batch)
    assert (pair.target, pair.runner_up) == ("part", articles[1].id)
    assert pair.margin is not None
    assert pair.margin < 0
    assert pair.warning == f"{articles[1].id} fits as well; probably versions of one article"


@pytest.mark.slow
def test_given_and_excluded_pairs(articles: list[Document]) -> None:
    one, two, three = (document.id for document in articles[:3])
    options = PairOptions(exclude=((two, one),), given=((three, two), ("nowhere", two)))
    result = find_pairs(articles, options=options)
    assert [(p.source, p.target, p.probability) for p in result] == [(two, three, 1.0)]
    assert result.pairs[0].evidence == "given"
    assert result.pairs[0].warning
    assert len(result.warnings) == 1
    assert "'nowhere'" in result.warnings[0]
    with pytest.raises(UsageError, match="both given and excluded"):
        find_pairs(articles, options=PairOptions(exclude=((two, one),), given=((one, two),)))


def test_a_given_pair_in_one_language_is_named(articles: list[Document]) -> None:
    (pair,) = find_pairs(articles[::2], given=[(articles[0].id, articles[2].id)])
    assert pair.warning == "given, but both are in one language (en)"


def test_what_is_below_the_threshold_looks_so(articles: list[Document]) -> None:
    unpaired = find_pairs(articles[:2], min_probability=1.0).unpaired
    assert unpaired[articles[0].id] == f"best match {articles[1].id} has probability 0.999, below 1"


def test_names_that_differ_in_a_language_code_are_evidence() -> None:
    def document(id: str, language: str, text: str) -> Document:
        return Document.from_text(id, text, language=language)

    texts = [
        ("en", "The meeting takes place on Monday in the town hall."),
        ("de", "Das Treffen findet am Montag im Rathaus statt."),
    ]
    named = find_pairs([document(f"news/7.{code}.txt", code, text) for code, text in texts]).pairs
    plain = find_pairs([document(f"x{i}", *texts[i]) for i in range(2)], min_probability=0.0).pairs
    assert "names" in named[0].evidence
    assert named[0].probability > plain[0].probability


def test_tags_of_one_language_are_one_language(articles: list[Document]) -> None:
    tags = ["en-US", "zh_Hant_TW", "EN", "English", "und"]
    tagged = [replace(document, language=tag) for document, tag in zip(articles, tags, strict=True)]
    result = find_pairs([*tagged, replace(articles[0], id="copy", language="eng")])
    (pair,) = result.pairs
    assert pair.source_language in ("en-US", "en")
    assert pair.target_language == "zh-Hant-TW"
    assert {pair.source, pair.target} <= {articles[0].id, articles[1].id, "copy"}
    assert len(result.unpaired) == 4


def test_where_a_text_is_not_in_the_language_that_is_declared_the_text_decides(
    articles: list[Document],
) -> None:
    bare = [replace(p, language=None) for p in articles[1].paragraphs]
    wrong = replace(articles[1], language="en", paragraphs=tuple(bare))
    result = find_pairs([articles[0], wrong, articles[4]])
    (pair,) = result.pairs
    assert (pair.source_language, pair.target_language) == ("en", "zh")
    assert result.warnings == (f"{wrong.id}: declared to be in en, but the text is in zh; taken as zh",)


def test_a_version_that_does_not_fit_the_others_is_not_said_to_have_a_rival(articles: list[Document]) -> None:
    english, chinese = articles[:2]
    options = PairOptions(given=((chinese.id, "other"),), exclude=((english.id, "other"),))
    other = Document.from_text("other", "Ein ganz anderer Text.\nEr handelt von Katzen.", language="de")
    result = find_pairs([english, chinese, other], options=options)
    assert (
        result.unpaired[english.id]
        == f"its best match {chinese.id} is a version of other, which speaks against it"
    )


def meeting(id: str, language: str, about: str) -> Document:
    texts = {
        "en": "The meeting takes place on Monday in the town hall.",
        "de": "Das Treffen findet am Montag im Rathaus statt.",
    }
    return Document.from_text(id, texts[language], language=language, about=about)


def test_addresses_that_differ_in_the_language_only_are_evidence(tmp_path: Path) -> None:
    pages = [meeting("x", "en", "https://x.org/en/7"), meeting("y", "de", "https://x.org/de/7")]
    (named,) = find_pairs(pages)
    assert named.evidence == "text+sentences+names"
    (later,) = (find_pairs([page], options=PairOptions(index=tmp_path)) for page in pages[1:])
    assert not later.pairs
    (found,) = find_pairs(pages[:1], options=PairOptions(index=tmp_path))
    assert found.evidence == named.evidence


@pytest.mark.slow
def test_the_address_of_the_site_names_no_page(articles: list[Document]) -> None:
    site = [
        replace(d, about=f"https://x.org/{code}/")
        for d, code in zip(articles, ("en", "zh", "en", "en", "id"), strict=True)
    ]
    (pair,) = find_pairs(site)
    assert "names" not in pair.evidence


def test_images_are_evidence() -> None:
    def shared(*images: str) -> float:
        pages = [meeting(id, code, image) for id, code, image in zip("xy", ("en", "de"), images, strict=True)]
        profiles = list(make_profiles(pages, document_frequencies(pages)))
        return float(Rarity.among([p.keys for p in profiles]).shared(profiles[0].keys, profiles[1].keys))

    assert shared("hall-7.png", "hall-7.png") > shared("hall-7.png", "tree.png") == shared("", "")


def test_a_copy_under_another_language_is_no_translation(articles: list[Document]) -> None:
    copy = Document("copy", articles[4].paragraphs, "ms")  # which detection cannot tell from Indonesian
    result = find_pairs([articles[4], copy])
    assert not result.pairs
    assert "the same text as" in result.unpaired["copy"]


@pytest.mark.parametrize("text", ["", "7", "12 34\n56", "\u202e\u200b", "---\n***", "Hello"])
def test_documents_with_next_to_nothing_in_them(articles: list[Document], text: str) -> None:
    odd = [Document.from_text("odd", text), Document.from_text("even", text)]
    result = find_pairs([*articles[:2], *odd])
    assert [(p.source, p.target) for p in result] == [(articles[0].id, articles[1].id)]
    assert set(result.unpaired) == {"odd", "even"}


def test_little_text_is_never_sure() -> None:
    def probability(english: str, german: str) -> float:
        documents = [
            Document.from_text("a", english, language="en"),
            Document.from_text("b", german, language="de"),
        ]
        return find_pairs(documents, min_probability=0.0).pairs[0].probability

    word = probability("Water", "Wasser")
    assert 0.05 < word < 0.5
    assert probability("The water in the harbour is cold today.", "Das Wasser im Hafen ist heute kalt.") > 0.6
    assert (
        find_pairs([Document.from_text("a", "Hello", language="en"), Document.from_text("b", "我")]).pairs
        == ()
    )


def test_empty_and_single_language_batches(articles: list[Document]) -> None:
    assert find_pairs([]).pairs == ()
    alone = find_pairs([articles[0]])
    assert "one language (en)" in alone.unpaired[articles[0].id]


def test_one_id_for_two_documents_is_an_error(articles: list[Document]) -> None:
    with pytest.raises(UsageError, match="two documents have the id"):
        find_pairs([articles[0], articles[0]])


def test_the_table_has_the_ids_first(found: Pairs, tmp_path: Path) -> None:
    assert found.write(tmp_path / "pairs.tsv") == 1
    header, row = (tmp_path / "pairs.tsv").read_text("utf-8").splitlines()
    assert header.split("\t")[:2] == ["source", "target"]
    assert row.split("\t")[:2] == [found.pairs[0].source, found.pairs[0].target]
    assert len(row.split("\t")) == len(found.columns)


NEWS = {
    "fr": "La bibliothèque ouvre à neuf heures du matin.\nElle est fermée le dimanche.\n"
    "Les enfants de moins de dix ans doivent venir avec un adulte.\nOn peut garder les livres trois semaines.",
    "pt-BR": "A biblioteca abre às nove da manhã.\nEla fica fechada aos domingos.\n"
    "Crianças com menos de dez anos devem vir com um adulto.\nVocê pode ficar com os livros por três semanas.",
    "pt-PT": "A biblioteca abre às nove da manhã.\nEncontra-se encerrada aos domingos.\n"
    "Os miúdos com menos de dez anos devem vir com um adulto.\nPode ficar com os livros durante três semanas.",
    "de": "Die Katze schläft auf dem warmen Dach.\nHeute regnet es in der Stadt.\n"
    "Morgen kaufen wir Brot und Milch auf dem Markt.\nDer Zug nach Norden fährt heute nicht.",
}


def version(tag: str, id: str | None = None) -> Document:
    return Document.from_text(id or tag, NEWS[tag], language=tag)


def pairs_of(found: Pairs) -> set[tuple[str, str]]:
    return {(pair.source, pair.target) for pair in found}


def test_declared_variants_are_partners_each_in_its_own_right() -> None:
    batch = [version(tag) for tag in NEWS]
    found = find_pairs(batch)
    assert pairs_of(found) == {("fr", "pt-BR"), ("fr", "pt-PT")}  # and not with each other
    assert {pair.target_language for pair in found} == {"pt-BR", "pt-PT"}
    assert not any(pair.warning or pair.runner_up == "pt-PT" for pair in found)
    alone = [find_pairs([version("fr"), version("de"), version(tag)]).pairs[0] for tag in ("pt-BR", "pt-PT")]
    assert [pair.probability for pair in found] == [pair.probability for pair in alone]


def test_versions_of_one_variant_are_rivals() -> None:
    undeclared = replace(version("pt-PT", "other"), language="pt")
    found = find_pairs([version("fr"), version("pt-BR"), undeclared, version("de")])
    assert len(found) == 1
    assert len(found.unpaired) == 2
    assert "which fits as well or better" in " ".join(found.unpaired.values())


def test_variants_are_paired_with_each_other_where_that_is_given() -> None:
    found = find_pairs([version(tag) for tag in NEWS], given=[("pt-BR", "pt-PT")])
    assert pairs_of(found) == {("fr", "pt-BR"), ("fr", "pt-PT"), ("pt-BR", "pt-PT")}
    (given,) = (pair for pair in found if pair.source == "pt-BR")
    assert (given.evidence, given.warning) == ("given", "")


def test_names_of_variants_are_evidence_for_each() -> None:
    batch = [version(tag, f"news/7.{tag}.txt") for tag in NEWS]
    assert [pair.evidence for pair in find_pairs(batch)] == ["text+sentences+names"] * 2


def test_an_index_remembers_variants(tmp_path: Path) -> None:
    options = PairOptions(index=tmp_path / "index")
    assert not find_pairs([version("pt-BR"), version("de")], options=options).pairs
    found = find_pairs([version("fr"), version("pt-PT")], options=options)
    assert {(p.source_language, p.target_language) for p in found} == {("fr", "pt-BR"), ("fr", "pt-PT")}


def test_a_tag_is_no_doubt_of_the_language() -> None:
    found = find_pairs([version("pt-PT"), version("de")])
    assert found.unpaired["pt-PT"] == "nothing like it in another language"
