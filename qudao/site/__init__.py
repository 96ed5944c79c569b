"""The composition root: settings, urls, wiring, the console program."""
