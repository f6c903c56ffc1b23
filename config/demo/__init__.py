"""Labelled synthetic data. Only names that a plan's text gives are real; every other name and every figure is made up."""
