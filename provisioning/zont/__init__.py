"""Facts of ZONT-style controllers that both their drivers and their simulator need: objects, temperatures, search."""
