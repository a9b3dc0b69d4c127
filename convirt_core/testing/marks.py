"""The names of the kit's pytest marks: what a test sees done or refused, and what comes after all others."""

PROVES = "convirt_proves"
REFUSES = "convirt_refuses"
LAST = "convirt_last"
