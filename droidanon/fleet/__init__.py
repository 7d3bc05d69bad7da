"""Datasets of many captures: facts derived from them, laid out for query engines."""
