"""Trading as a state machine: what its verbs are answered with is foreseen by a plain model.

`model` is what there is, in dictionaries; `prices`, `trades`, `cash`, `shipping` and `bars` are
calls, each of which can be made and can say whether the model explains its answer; `rules` draws
them, one after the other and several at once. Another verb is another call: a frozen class with
`do` and `fits`, a method that draws it, and a line in `rules.ASKED`.
"""
