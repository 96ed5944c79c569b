"""The portal's views, by subject. Each: parse, one call down, render."""
