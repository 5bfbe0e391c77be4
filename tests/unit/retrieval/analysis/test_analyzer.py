"""What counts as a word, script by script, and that batches, spans and caches agree with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec, analyzer, seen

PLAIN = Analyzer(AnalyzerSpec(language="none"))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  \0 .,;! ", []),
        ("Running RUNS runner's", ["run", "run", "runner"]),
        ("the cat and the dog", ["cat", "dog"]),
        ("vitamin D and type 2", ["vitamin", "d", "type", "2"]),
    ],
)
def test_english_is_stemmed_without_stop_words(text: str, terms: list[str]) -> None:
    assert Analyzer().analyze(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("don't isn\u2019t", ["do"]),
        ("can't won't", ["can"]),
        ("they're we've I'd dogs'", ["we", "i", "dog"]),
        ("O'Brien's", ["o", "brien"]),
        ("U.S.A. and e.g. M.I.T.", ["usa", "eg", "mit"]),
        ("3.14 1,000,000 2011,2012 v1.2.3", ["3.14", "1000000", "2011", "2012", "v1.2.3"]),
        ("snake_case covid-19 10kg", ["snake_cas", "covid", "19", "10kg"]),
    ],
)
def test_apostrophes_acronyms_and_numbers(text: str, terms: list[str]) -> None:
    assert Analyzer().analyze(text) == terms


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("french", "l'homme n'est qu\u2019aujourd'hui", ["homm", "aujourd", "hui"]),
        ("italian", "dell'acqua", ["acqua"]),
        ("german", "Die Häuser der Straße", ["haus", "strass"]),
        ("russian", "Книги и журналы", ["книг", "журнал"]),
        ("turkish", "Isparta İstanbul", ["ıspar", "istanbul"]),  # noqa: RUF001
        ("porter", "don't run the races", ["do", "run", "race"]),
    ],
)
def test_each_language_has_its_rules(language: str, text: str, terms: list[str]) -> None:
    assert Analyzer(AnalyzerSpec(language=language)).analyze(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("cafe\u0301 CAFÉ", ["café", "café"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("\uff21\uff22\uff23 \u2460", ["abc", "1"]),
        ("\ufb01ne info\u00admation", ["fine", "infomation"]),
        ("Python\u2122 m\u00b2", ["python", "m2"]),
        ("नमस्ते दुनिया २०२४", ["नमस्ते", "दुनिया", "2024"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("İstanbul", ["istanbul"]),
    ],
)
def test_unicode_forms_meet(text: str, terms: list[str]) -> None:
    assert PLAIN.analyze(text) == [PLAIN.analyze(term)[0] for term in terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("日本語", ["日本", "本語"]),
        ("日", ["日"]),
        ("使用Python编程", ["使用", "python", "编程"]),
        ("カタカナ ひらがな", ["カタ", "タカ", "カナ", "ひら", "らが", "がな"]),
        ("한국어", ["한국", "국어"]),
        ("\uff76\uff9e\uff77", ["ガキ"]),
        ("ภาษา", ["ภา", "าษ", "ษา"]),
        ("ສະບາຍ", ["ສະ", "ະບ", "ບາ", "າຍ"]),
        ("ភាសា", ["ភាសា"]),
    ],
)
def test_scripts_without_spaces_become_bigrams(text: str, terms: list[str]) -> None:
    assert PLAIN.analyze(text) == terms


def test_segmented_cjk_stays_whole_but_thai_does_not() -> None:
    whole = Analyzer(AnalyzerSpec(cjk_bigrams=False))
    assert whole.analyze("日本語 ภาษา") == ["日本語", "ภา", "าษ", "ษา"]


def test_emoji_are_terms_whatever_their_skin() -> None:
    text = "ok 👍🏽👍 👩\u200d💻 🇵🇹🇩🇪 ❤\ufe0f"
    assert PLAIN.analyze(text) == ["ok", "👍", "👍", "👩💻", "🇵🇹", "🇩🇪", "❤"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("getUserName", ["getusername", "get", "user", "name"]),
        ("HTTPServer_v2", ["httpserver_v2", "httpserver", "http", "server", "v2"]),
        ("os.path.isFile", ["os.path.isfile", "os", "path", "isfile", "file"]),
        ("std::vector p->next", ["std::vector", "std", "vector", "p->next", "p", "next"]),
        ("x = f'foo_bar'", ["x", "f", "foo_bar", "foo", "bar"]),
        ("plain words run", ["plain", "word", "run"]),
    ],
)
def test_code_keeps_identifiers_and_their_parts(text: str, terms: list[str]) -> None:
    assert Analyzer(AnalyzerSpec(code=True)).analyze(text) == terms


@pytest.mark.parametrize("word", ["x" * 300, "é" * 300, "_" * 70_000, "x1" * 200])
def test_long_words_are_cut_at_255_bytes(word: str) -> None:
    (term,) = Analyzer().analyze(word)
    assert word.startswith(term)
    assert 253 <= len(term.encode()) <= 255


@pytest.mark.parametrize("text", ["\ud800", "fine \udfff", b"bytes", None])
def test_what_is_no_unicode_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="text to analyze"):
        Analyzer().analyze(text)
    with pytest.raises(InvalidInput, match="text to analyze"):
        Analyzer().analyze_batch(["fine", text])


def test_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidInput, match="klingon"):
        Analyzer(AnalyzerSpec(language="klingon"))
    with pytest.raises(InvalidInput, match="stem"):
        Analyzer(AnalyzerSpec(stem="yes"))  # type: ignore[arg-type]


def test_batch_rows_equal_single_texts_and_list_each_term_once() -> None:
    texts = ["a dog, two dogs", "", "日本語 dog", "the"]
    batch = Analyzer().analyze_batch(texts)
    rows = [
        [batch.vocabulary[term].decode() for term in batch.terms[start:end]]
        for start, end in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)
    ]
    assert rows == [Analyzer().analyze(text) for text in texts]
    assert list(batch.vocabulary) == [b"dog", b"two", "日本".encode(), "本語".encode()]


def test_batch_does_not_show_what_was_analysed_before() -> None:
    used = Analyzer()
    used.analyze_batch(["zebra yak dog cat"])
    fresh, again = Analyzer().analyze_batch(["cat dog"]), used.analyze_batch(["cat dog"])
    assert list(fresh.vocabulary) == list(again.vocabulary)
    assert fresh.terms.tolist() == again.terms.tolist()


def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer, "CACHED_BYTES", 20_000)
    small = Analyzer()
    sizes = []
    for start in range(0, 1000, 50):
        words = [f"w{number}" for number in range(start, start + 50)]
        assert small.analyze(" ".join(words)) == words
        sizes.append(small._words.memory)
    assert max(sizes) <= 20_000
    assert sizes != sorted(sizes)


def test_tokens_seen_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "CACHED_TOKENS", 100)
    small = Analyzer()
    for start in range(0, 1000, 50):
        text = " ".join(f"w{number}" for number in range(start, start + 50))
        assert len(small.find(text, [f"w{start}"])) == 1
        assert len(small._seen) <= 150


def test_stretches_that_hardly_come_again_are_not_remembered() -> None:
    analyzer = Analyzer()
    analyzer.analyze("ภาษา 使用Python编程")
    before = analyzer._words.memory
    for number in range(100):
        analyzer.analyze(f"{'x' * 128}{number}")
        assert analyzer.analyze("ภาษา使用Python编程" * (number + 1))
    # The terms of 100 blobs, which are numbered, but none of the 200 words.
    assert analyzer._words.memory - before < 100 * (255 + 40)


def test_runs_of_simple_characters_are_pairs_that_are_remembered() -> None:
    analyzer = Analyzer()
    analyzer.analyze("日本語日本")
    before = analyzer._words.memory
    assert analyzer.analyze("日本語日本。「本語」") == ["日本", "本語", "語日", "日本", "本語"]
    assert analyzer._words.memory == before


def test_threads_share_an_analyzer() -> None:
    shared = Analyzer()
    texts = [f"running {number} times over hedges {number % 7}" for number in range(300)]
    expected = [Analyzer().analyze(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.analyze, texts)) == expected


def test_spans_point_into_the_original_text() -> None:
    text = "\uff34\uff48\uff45 ﬁne café\u0301s\u2122 of 日本語, Don't"
    spans = Analyzer().spans(text)
    assert [text[start:end] for _, start, end in spans] == [
        "ﬁne",
        "café\u0301s",
        "日本",
        "本語",
        "Don",
    ]
