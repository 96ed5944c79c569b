"""
What customers and the acquirer see of payments: the door for the acquirer's notices, and the page
on which a customer arrives who has paid at the acquirer's.

A notice is a bell and no more: what has become of a payment is asked for. Whoever has a payment's
address may see how it stands, and nobody guesses it; the number of the line is masked.
"""
