"""What a language model is asked, so that it writes what a passage with the answer would say."""

from __future__ import annotations

from dataclasses import dataclass

from mnemic.errors import InvalidInput

QUESTION = "{question}"

BODY = """\
Each question is answered by a sentence from an encyclopedia.

Question: When did the Titanic sink?
Sentence: The Titanic sank in the North Atlantic Ocean on 15 April 1912

Question: Who wrote the novel Moby-Dick?
Sentence: Moby-Dick is an 1851 novel by American writer Herman Melville

Question: What gas do plants absorb during photosynthesis?
Sentence: plants take in carbon dioxide and release oxygen

Question: {question}
Sentence:"""
# Titles begin documents, so their first tokens have no space: neither may those of the answer.
TITLE = """\
Each question is answered by an article of an encyclopedia.

Question: When did the Titanic sink?
Article:
Titanic

Question: Who wrote the novel Moby-Dick?
Article:
Herman Melville

Question: What gas do plants absorb during photosynthesis?
Article:
Photosynthesis

Question: {question}
Article:
"""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with one place for the question.

    Attributes:
        template: Holds ``{question}`` once.

    Raises:
        InvalidInput: It does not, or it is no Unicode text.
    """

    template: str

    def __post_init__(self) -> None:
        if not isinstance(self.template, str) or self.template.count(QUESTION) != 1:
            raise InvalidInput(
                f"the template of a prompt must hold {QUESTION} once",
                hint='For example "Question: {question}\\nSentence:".',
            )
        try:
            self.template.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput("the template of a prompt holds a lone surrogate") from error

    def filled(self, question: str) -> str:
        """The text with a question in its place."""
        return self.template.replace(QUESTION, question)
