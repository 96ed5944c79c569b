"""Messages to people: the outbox and the port that delivers them."""
