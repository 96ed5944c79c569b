"""The domain: one package per subject, on shelves; imports only go down."""
