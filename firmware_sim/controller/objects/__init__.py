"""The firmware's objects, by what they are for: inputs, outputs, heating, boilers, automation."""
