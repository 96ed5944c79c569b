"""
Customers: who a line belongs to, by which document, and what was signed.

A dossier gathers what an opening needs: the people, the pictures of their documents, the
signature and the contract. One document has at most five lines in the province.

Invariants: a document's lines never exceed its limit; personal data is encrypted at rest, masked
on screens, and every look at it is journalled.

TM Forum: Customer (TMF629), Individual (TMF632), Agreement (TMF651).
"""
