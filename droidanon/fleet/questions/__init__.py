"""Questions about datasets, written once as ibis expressions, for which DuckDB and Spark give equal numbers.

The engine reduces facts to a few numbers per group; the statistics on these are plain numpy.
"""
