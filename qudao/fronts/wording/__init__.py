"""
How refusals are worded for people: what is the matter, and what to do next.

`word(refusal)` says it in the active language. The words are in one module for each package that
refuses: a table `WORDS` from refusal code to text, with the refusal's fields as `%(field)s`.
"""

from qudao.fronts.wording.words import TABLES, boss_refusal, shown, word, word_to_customer

__all__ = ["TABLES", "boss_refusal", "shown", "word", "word_to_customer"]
