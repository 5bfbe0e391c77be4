"""Character classes and token patterns: where one token ends and the next begins.

The rules follow Unicode Standard Annex 29 where it can be followed without a dictionary: letters,
digits and ``_`` make words, combining marks and invisible format characters stay with the letter
before them, and a full stop or comma between digits stays in the number. Scripts that are written
without spaces come out as runs, which the analyzer cuts into overlapping bigrams.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain

# Blocks that hold combining marks (general category M); scanning all of Unicode takes 0.1 s.
_MARK_BLOCKS = (
    (0x0300, 0x3100),
    (0xA000, 0xAC00),
    (0xFB1E, 0xFB1F),
    (0xFE00, 0xFE30),
    (0x10000, 0x12000),
    (0x13440, 0x13456),
    (0x16000, 0x17000),
    (0x1BC00, 0x1F000),
)
# Invisible characters inside words: soft hyphen, joiners, direction marks, variation selectors.
IGNORABLE = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
CJK = (
    "\u1100-\u11ff\u3005\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f"
    "\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7a3"
    "\ud7b0-\ud7ff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
# Thai, Lao, Myanmar, Khmer, New Tai Lue, Tai Tham: letters and vowel signs, without their digits.
SOUTH_EAST_ASIAN = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109d"
    "\u1780-\u17d3\u17dc\u17dd\u1950-\u19c9\u1a20-\u1a7f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"
)
# For native analysis: ideographs, kana and syllables whose runs are cut into bigrams, which are
# their own normal form and folding, and with which no other of them composes.
SIMPLE_CJK = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
# For native analysis: punctuation and signs that are in no token and change none beside them.
BREAKS = (
    "\u00a0-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf\u00d7\u00f7\u2010\u2012-\u2016"
    "\u2018\u201a-\u2022\u2026\u2030\u2032\u2039\u203a\u20ac\u2190-\u2193\u2212\u3001-\u3003\u3008-\u3011"
    "\u3014-\u301b\uff01-\uff06\uff08-\uff0b\uff0f\uff1b\uff1f\uff20\uff3b-\uff3e\uff5b-\uff5e"
)
# For native analysis: what normalises to punctuation that joins words.
JOINTS = "\uff0c-\uff0e\uff1a\uff1e"
_EMOJI = (
    "\u231a\u231b\u23e9-\u23fa\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001f1e5"
    "\U0001f200-\U0001faff"
)
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
SKIN_TONES = "\U0001f3fb-\U0001f3ff"

APOSTROPHES = "'\u2019\u02bc\uff07"
# The dots of U.S.A. and e.g.: between single letters.
_ACRONYM = r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)"
# Code also joins a.b, a::b and a->b, so that a path or a member is one word first.
_CODE_JOINTS = r"\.|::|->"


@cache
def marks() -> str:
    """Every combining mark of this Python's Unicode, as the inside of a character class.

    Cost: about 10 ms once; not paid while all text is ASCII.
    """
    codes = chain.from_iterable(range(*block) for block in _MARK_BLOCKS)
    found = [code for code in codes if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in found:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    # Literal characters: the escapes would take the pattern compiler three times as long.
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


def _word(plain: str, more: str, *, code: bool) -> str:
    joints = [rf"[{APOSTROPHES}]", r"(?<=\d)[.,](?=\d)", _ACRONYM]
    if code:
        joints.insert(0, rf"(?:{_CODE_JOINTS})(?![0-9])")
    return rf"{plain}{more}(?:(?:{'|'.join(joints)}){plain}{more})*"


@cache
def ascii_words(*, code: bool) -> re.Pattern[str]:
    """The token pattern for text that is all ASCII (same tokens as ``words``, but faster)."""
    return re.compile(_word(r"\w+", "", code=code), re.ASCII)


@cache
def words(*, code: bool) -> re.Pattern[str]:
    """The token pattern for NFKC text: runs of unspaced scripts, words, flags and emoji."""
    follow = f"[{marks()}{IGNORABLE}]"
    spaced = rf"[^\W{CJK}{SOUTH_EAST_ASIAN}]"
    word = _word(rf"{spaced}+", rf"(?:{follow}+{spaced}*)*", code=code)
    picture = rf"[{_EMOJI}](?:[\ufe0f{SKIN_TONES}]|\u200d[{_EMOJI}])*"
    return re.compile(f"{_runs()}|{word}|{_FLAG}|{picture}")


def _runs() -> str:
    follow = f"{marks()}{IGNORABLE}"
    return "|".join(f"[{script}][{script}{follow}]*" for script in (CJK, SOUTH_EAST_ASIAN))


@cache
def unspaced(*, cjk: bool) -> re.Pattern[str]:
    """Matches the first character of a run that is to be cut into bigrams."""
    return re.compile(f"[{CJK if cjk else ''}{SOUTH_EAST_ASIAN}]")


@cache
def clusters() -> re.Pattern[str]:
    """One character with the marks and format characters that belong to it."""
    return re.compile(f"(?s:.)[{marks()}{IGNORABLE}]*")


@cache
def followers() -> re.Pattern[str]:
    """A character that belongs to the one before it."""
    return re.compile(f"[{marks()}{IGNORABLE}]")


@cache
def dropped() -> re.Pattern[str]:
    """Characters that are taken out of a term: the invisible ones, skin tones, tatweel."""
    return re.compile(f"[{IGNORABLE}{SKIN_TONES}\u0640]+")
