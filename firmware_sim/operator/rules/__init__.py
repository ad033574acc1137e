"""The operator's and the vendor's rules: each a function of a draft of the books, of who asks, and of what he wants.

In: `Draft`, `Caller`, arguments. Out: the changed record in the draft, or `RefusedError` with the reason. They read no
clock (`draft.now`) and touch nothing else, so a month passes in a test.
"""
