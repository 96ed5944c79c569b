"""
What is sold, to whom, at which price, on which shelf, and through which kind of channel.

SID: `ProductOffering`, `ProductOfferingPrice`, `ProductCatalog`. A *business* (业务) is a way of
serving a customer (bill payment, top-up, plan change, add-on); an *offering* is one thing that a
business sells, in versions that follow each other in time.

Invariants: versions, discounts and shelf entries of one thing never overlap; a version that was
sold is never changed; every write raises the revision in its own transaction, so a snapshot that
carries the current revision is current.
"""
