"""A module for each hall; see `tests.halls.driver`."""
