"""Questions about datasets, written once as ibis expressions: DuckDB and Spark answer them with equal numbers.

The engine reduces facts to a few numbers per group; statistics of these are plain numpy.
"""
