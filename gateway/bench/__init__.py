"""The pre-activation bench: many SIM cards, one after another in each port; never a data session."""
