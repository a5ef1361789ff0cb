"""The reference: what is public, what its docstrings say and lack, and the pages made from them."""
