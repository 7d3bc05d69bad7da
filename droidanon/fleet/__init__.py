"""Datasets of many captures: facts derived from them, in the layout that query engines read."""
