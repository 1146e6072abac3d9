/**
 * The schema, as the statements that lead from each version to the next. Only ever add to the end: journals in the field
 * have run what is here.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE listeners (
     instance_id TEXT PRIMARY KEY,
     network_key TEXT NOT NULL,
     network TEXT NOT NULL,
     port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
     UNIQUE (network_key, port)
   ) STRICT;
   CREATE TABLE attachments (
     id TEXT PRIMARY KEY,
     instance_id TEXT NOT NULL REFERENCES listeners (instance_id),
     volume_id TEXT NOT NULL,
     io_host TEXT NOT NULL,
     driver TEXT NOT NULL,
     plan TEXT NOT NULL,
     intent TEXT NOT NULL CHECK (intent IN ('attach', 'detach')),
     status TEXT NOT NULL CHECK (status IN ('attaching', 'attached', 'detaching', 'error')),
     fault_code TEXT,
     fault_message TEXT,
     created_at TEXT NOT NULL,
     updated_at TEXT NOT NULL
   ) STRICT;
   CREATE INDEX attachments_by_volume ON attachments (volume_id);
   CREATE INDEX attachments_by_instance ON attachments (instance_id);
   CREATE TABLE steps (
     attachment_id TEXT NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('doing', 'done', 'undoing', 'undone')),
     facts TEXT NOT NULL,
     updated_at TEXT NOT NULL,
     PRIMARY KEY (attachment_id, name)
   ) STRICT;
   CREATE TABLE grants (
     attachment_id TEXT NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
     client TEXT NOT NULL,
     identity TEXT NOT NULL,
     secret_hex TEXT NOT NULL,
     PRIMARY KEY (attachment_id, client)
   ) STRICT;`,
  `ALTER TABLE attachments ADD COLUMN qos TEXT;
   ALTER TABLE attachments ADD COLUMN orphaned INTEGER NOT NULL DEFAULT 0 CHECK (orphaned IN (0, 1));
   CREATE INDEX listeners_by_network ON listeners (network_key);
   CREATE TABLE lost (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     aside TEXT NOT NULL,
     why TEXT NOT NULL
   ) STRICT;
   CREATE TABLE host (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     status TEXT NOT NULL CHECK (status IN ('enabled', 'disabled')),
     reason TEXT,
     updated_at TEXT NOT NULL
   ) STRICT;`,
];
