"""Invented calls of every kind, as frames in the shapes in which vendors send them."""

from callmon.sources.demo.demo import PREROLL_S, Demo, hastened

__all__ = ["PREROLL_S", "Demo", "hastened"]
