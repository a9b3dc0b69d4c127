"""The schema's history, one file for each step. A step that was released is never changed.

May import nothing. A file of the newest schema needs none of it, and most files are.
"""

NEWEST = 2
"""Number of the newest schema: how many steps `history.MIGRATIONS` has."""
