"""Entropy coding in integers only, for data of any kind: an arithmetic coder, adaptive contexts, logistic mixing. It knows no format."""
