"""
The contract that a customer signs on the screen: A4, in both languages.

The active language leads; the other one stands beside it in small print, so that a foreign
customer and a clerk read the same paper. The same facts give the same octets.
"""

from qudao.fronts.receipts.contract.drawing import contract
from qudao.fronts.receipts.contract.gathering import Part, facts_of, parts_of
from qudao.fronts.receipts.contract.words import ContractFacts, Sheet, sheet

__all__ = ["ContractFacts", "Part", "Sheet", "contract", "facts_of", "parts_of", "sheet"]
