"""
Files that nobody may see in passing: pictures of documents, signatures, contracts.

Each is encrypted by itself with the key ring of personal data and lies under a name that says
nothing; a row keeps what it is for. The file is on the disk before its row, and leaves the disk
after its row: a crash can leave a file without a row, which a nightly job removes, and never a row
without its file.
"""
