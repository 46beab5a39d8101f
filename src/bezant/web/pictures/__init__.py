"""Product pictures, drawn by us as SVG.

Invariants: the same `Picture` always gives the same bytes; a drawing refers to nothing
outside itself and carries no script; every text that came from a catalogue is escaped.
The motifs are rosettes, laurel and eight-pointed stars: no emblem, portrait or brand.

Callers use `draw` of `bezant.web.pictures.drawing` and the types of `.picture`.
"""
