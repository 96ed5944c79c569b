"""Stand-ins for the systems around Qudao; none of them imports it."""
