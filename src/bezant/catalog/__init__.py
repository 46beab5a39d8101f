"""The catalogue: what can be sold, in which category, and how many pieces are in stock.

It belongs to the operator and is the same for every partner; prices are the pricing
room's. Invariants: stock is never negative; a product's weight is the fine weight that its
metal value is priced on; every name and text is there in every language we speak.

Called by the rooms above and by the doors.
"""
