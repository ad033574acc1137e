"""What the simulators' HTTP interfaces share: problem details, strict bodies, the OpenAPI document, the server.

Needs the extra `web`.
"""
