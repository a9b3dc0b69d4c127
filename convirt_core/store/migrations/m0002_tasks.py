"""Tasks, with the VMs they hold and what they have made, both as JSON."""

STATEMENTS = (
    """
    CREATE TABLE tasks (
        id TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        state TEXT NOT NULL,
        owner TEXT NOT NULL,
        owner_mark TEXT NOT NULL,
        started_at REAL NOT NULL,
        lease_until REAL NOT NULL,
        vms TEXT NOT NULL,
        progress REAL,
        message TEXT NOT NULL,
        ended_at REAL,
        cancel_requested INTEGER NOT NULL,
        result TEXT NOT NULL,
        error TEXT NOT NULL,
        remains TEXT NOT NULL
    )
    """,
    "CREATE INDEX tasks_by_state ON tasks (state)",
)
