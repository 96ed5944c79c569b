"""The pages of the back office: one module each, found by `desk.pages`."""
