"""Words and characters of a dozen scripts; texts are written back as people write them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numlstm.corpus.text import EOS, WORD, Reading, reading_of
from numlstm.corpus.writing import written
from numlstm.learning.sample import prompt_words

WORDS, CHARACTERS, BLANKS = Reading("words", ends="lines"), Reading("characters", ends="lines"), Reading("blanks")

SENTENCES = {  # a sentence, its words with blanks between them, and how many characters it has
    "English": ("Don't pay $1,000.50!", "don't pay $ 1,000.50 !", 20),
    "German": ("Die Größe der U-Bahn.", "die größe der u-bahn .", 21),
    "French": ("L’élève dit : oui", "l’élève dit : oui", 17),
    "Vietnamese, decomposed": (unicodedata.normalize("NFD", "Tiếng Việt rất đẹp"), "tiếng việt rất đẹp", 18),
    "Turkish": ("İstanbul güzel.", "i̇stanbul güzel .", 15),
    "Greek": ("Καλημέρα, κόσμε;", "καλημέρα , κόσμε ;", 16),
    "Russian": ("Ёлка стои\u0301т.", "ёлка стои\u0301т .", 11),
    "Hebrew with points": ("שָׁלוֹם עוֹלָם", "שָׁלוֹם עוֹלָם", 9),
    "Hebrew abbreviation": ("צה״ל כאן", "צה״ל כאן", 8),
    "Arabic with marks": ("كَتَبَ الوَلَدُ، نعم", "كَتَبَ الوَلَدُ ، نعم", 14),
    "Persian": ("می\u200cخواهم بروم.", "می\u200cخواهم بروم .", 13),
    "Hindi": ("हिन्दी में लिखो।", "हिन्दी में लिखो ।", 8),
    "Bengali": ("আমি বাংলায় গান গাই।", "আমি বাংলায় গান গাই ।", 13),
    "Tamil": ("தமிழ் மொழி", "தமிழ் மொழி", 6),
    "Malayalam": ("മലയാളം ഭാഷ.", "മലയാളം ഭാഷ .", 8),
    "Thai": ("ภาษาไทย ดีที่สุด", "ภาษาไทย ดีที่สุด", 12),
    "Chinese": ("你好，世界。", "你好 ， 世界 。", 6),
    "Japanese": ("「ガラス」を見た。", "「 ガラス 」 を見た 。", 9),
    "Korean, decomposed": (unicodedata.normalize("NFD", "한국어 문장."), "한국어 문장 .", 7),
    "Georgian": ("ქართული ენა", "ქართული ენა", 11),
    "Amharic": ("አማርኛ ቋንቋ።", "አማርኛ ቋንቋ ።", 9),
    "Khmer, with invisible blanks": ("ភាសា\u200bខ្មែរ", "ភាសា ខ្មែរ", 5),
    "emoji": ("so 👩\u200d👩\u200d👧 👍🏽!", "so 👩\u200d👩\u200d👧 👍🏽 !", 7),
    "soft hyphens": ("Donau\xaddampf.", "donau\xaddampf .", 12),
}


@pytest.mark.parametrize("script", SENTENCES)
def test_the_words_and_characters_of_a_sentence(script):
    sentence, words, characters = SENTENCES[script]
    words = unicodedata.normalize("NFC", words)
    assert WORDS.split(sentence) == words.split(" ")
    found = CHARACTERS.split(sentence)
    assert len(found) == characters and "".join(found) == unicodedata.normalize("NFC", sentence)
    assert BLANKS.split(sentence) == unicodedata.normalize("NFC", sentence).split()


@pytest.mark.parametrize("script", SENTENCES)
def test_one_spelling_of_a_text_is_read_like_the_other(script):
    sentence = SENTENCES[script][0]
    for reading in (WORDS, CHARACTERS, BLANKS):
        spelled = [reading.split(unicodedata.normalize(form, sentence)) for form in ("NFC", "NFD")]
        assert spelled[0] == spelled[1]


def test_case_can_be_kept():
    assert WORDS._replace(keep_case=True).split("The U-Bahn, NOT a Bus") == ["The", "U-Bahn", ",", "NOT", "a", "Bus"]


ANY = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(
    "a é\u0301\u200d\u093f\x1c\x85\u2028 \u0600")))


@given(ANY.map(lambda text: text.replace("\n", " ").replace("\r", " ")))
def test_no_visible_sign_is_lost_and_no_word_has_a_blank(line):
    """What a checkpoint's reader demands of a word. Between words, only blanks and invisible signs are left out."""
    line = unicodedata.normalize("NFC", line)
    assert next(WORDS.lines([line]), [EOS]) == [*WORDS.split(line), EOS], "pieces between blanks are split alone"
    words = WORDS._replace(keep_case=True).split(line)
    assert all(word.split() == [word] for word in words)
    rest = line
    for word in words:
        before, found, rest = rest.partition(word)
        assert found and all(sign.isspace() or unicodedata.category(sign) == "Cf" for sign in before)
    assert "".join(CHARACTERS.split(line)) == line and written(CHARACTERS.split(line), CHARACTERS) == line


def test_a_character_network_reads_the_lines_of_a_prompt():
    assert prompt_words("a b\nc", ["a", "b", "c", " ", EOS], CHARACTERS) == ["a", " ", "b", EOS, "c"]


@pytest.mark.parametrize("text", [
    "don't pay $1,000, or: 50% (of it)!", 'he said "no" and "yes, please".', "„so“, said «he», »and so« ¿no?",
    "well-known - and so on...", "this/that, a & b, x@y #1 [1] “no” (30°, $5)",
    "是的，「你」好。", "a = b + c", "हिन्दी में।"])
def test_words_are_written_as_people_write_them(text):
    assert written(WORDS.split(text), WORDS) == text
    assert written(["a", ".", "b"], BLANKS) == "a . b", "prepared text is written as it is prepared"


@given(st.text("ab1 .,-'\"()[]$€%/&#@!?:„“”«»’‘…。「」—é猫"))
def test_what_is_written_reads_as_the_same_words(line):
    words = WORDS.split(line)
    assert WORDS.split(written(words, WORDS)) == words


def test_networks_of_numlstm_0_1_are_read_as_they_were():
    old = reading_of({"raw": True})
    assert old.split("हिन्दी, It's İ") == ["ह", "ि", "न", "्", "द", "ी", ",", "it's", "i", "\u0307"]
    assert reading_of({"raw": False}).split("A e\u0301.") == ["A", "e\u0301."]
    assert reading_of({"reading": WORDS._asdict()}) == WORDS and WORD.findall("a-b") == ["a-b"]
