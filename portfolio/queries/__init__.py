"""Reads that cross models or depend on who looks, each named as a sentence."""
