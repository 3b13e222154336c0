-- What proves to a server of ours that a standby follows the primary that it writes to.

CREATE TABLE replication_mark (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  server_started timestamptz NOT NULL,
  mark uuid NOT NULL
);
COMMENT ON TABLE replication_mark IS 'A random mark that changes whenever another PostgreSQL process becomes the primary: at each of its starts, and at a promotion. A standby that has it has replayed what that primary wrote (docs/decisions/0029-standby-reads.md).';
