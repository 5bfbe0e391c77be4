"""Which exact substrings and n-grams does a collection hold, and which documents do they find?"""
