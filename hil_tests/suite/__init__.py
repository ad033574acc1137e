"""The suite of the bench: what any modem must do, what this project is about, and the whole way to the cloud.

Runs from any directory with `pytest --pyargs hil_tests.suite`; its files mark their own asyncio mode and time
limits because there may be no configuration around them.
"""
