"""
Columnar history: datasets in Parquet files by month and branch, and the engines that read them.

Whole numbers only: money is fen, rates are parts per million. A version of a file is never changed;
a later one supersedes it. Only this package names an engine.
"""
