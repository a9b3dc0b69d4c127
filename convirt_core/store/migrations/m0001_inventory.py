"""Pools, servers, VM records, image groups and images.

Columns named like a mapping or tuple of the model hold JSON. A server's VM records go with it.
"""

STATEMENTS = (
    """
    CREATE TABLE pools (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        variables TEXT NOT NULL,
        row_version INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE servers (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        platform TEXT NOT NULL,
        address TEXT NOT NULL,
        user TEXT NOT NULL,
        ssh_port INTEGER NOT NULL,
        pool TEXT REFERENCES pools (id) ON DELETE RESTRICT,
        host_uuid TEXT NOT NULL,
        options TEXT NOT NULL,
        row_version INTEGER NOT NULL
    )
    """,
    "CREATE INDEX servers_by_pool ON servers (pool)",
    """
    CREATE TABLE vms (
        server TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        image TEXT NOT NULL,
        notes TEXT NOT NULL,
        disks TEXT NOT NULL,
        settings TEXT NOT NULL,
        row_version INTEGER NOT NULL,
        PRIMARY KEY (server, key)
    )
    """,
    "CREATE INDEX vms_by_image ON vms (image)",
    """
    CREATE TABLE groups (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        row_version INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE images (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        platform TEXT NOT NULL,
        "group" TEXT NOT NULL REFERENCES groups (id) ON DELETE RESTRICT,
        folder TEXT NOT NULL,
        row_version INTEGER NOT NULL
    )
    """,
    'CREATE INDEX images_by_group ON images ("group")',
)
