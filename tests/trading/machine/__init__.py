"""Trading as a state machine: what its verbs are answered with is foreseen by a plain model.

`model` is what there is, in dictionaries; `trades`, `cash` and `prices` are calls, each of which
can be made and can say whether the model explains its answer; `rules` draws them, one after the
other and several at once. Another verb is another call: a frozen class with `do` and `fits`, and
a line in `rules.ASKED`.
"""
