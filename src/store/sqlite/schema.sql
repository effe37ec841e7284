-- The schema after migration 2. Generated: npm run generate

CREATE TABLE app (
  id INTEGER PRIMARY KEY,
  realm INTEGER NOT NULL REFERENCES realm (id),
  name TEXT NOT NULL,
  UNIQUE (realm, name)
) STRICT;

CREATE TABLE attempt (
  scope TEXT NOT NULL, -- pair, account, address: failures; known: an address of an account; tries: within a window of time
  account TEXT NOT NULL,
  address TEXT NOT NULL,
  count INTEGER NOT NULL,
  not_before INTEGER NOT NULL, -- for known: when it was noted last
  forgotten_at INTEGER NOT NULL,
  PRIMARY KEY (scope, account, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_forgotten ON attempt (forgotten_at);

CREATE TABLE idempotency (
  key BLOB PRIMARY KEY, -- SHA-256 of caller and key
  request BLOB NOT NULL, -- SHA-256 of what was asked
  session INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL, -- JSON object
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  face TEXT NOT NULL,
  from_address TEXT,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TABLE provider (
  id INTEGER PRIMARY KEY,
  realm INTEGER NOT NULL REFERENCES realm (id),
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (realm, type, name)
) STRICT;

CREATE TABLE realm (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE record (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL, -- JSON
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusal (
  session INTEGER NOT NULL,
  ip TEXT NOT NULL, -- empty when not known
  count INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (session, ip)
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  selector TEXT NOT NULL, -- canonical JSON
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  face TEXT NOT NULL,
  from_address TEXT,
  reason TEXT NOT NULL,
  matched INTEGER NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  swept INTEGER NOT NULL,
  swept_at INTEGER
) STRICT;

CREATE INDEX revocation_at ON revocation (at);

CREATE INDEX revocation_unswept ON revocation (seq) WHERE swept_at IS NULL;

CREATE TABLE rights (
  id INTEGER PRIMARY KEY,
  realm INTEGER NOT NULL REFERENCES realm (id),
  access_groups TEXT NOT NULL, -- JSON array of texts, sorted
  admin_ids TEXT NOT NULL, -- JSON array of numbers, sorted
  UNIQUE (realm, access_groups, admin_ids)
) STRICT;

CREATE TABLE session (
  number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so a gathered touch cannot meet another session
  id BLOB NOT NULL, -- 16 bytes
  token_hash BLOB NOT NULL, -- SHA-256, 32 bytes
  token_key INTEGER NOT NULL, -- its first 6 bytes; what is looked up
  realm INTEGER NOT NULL REFERENCES realm (id),
  username TEXT NOT NULL,
  subject TEXT NOT NULL,
  provider INTEGER NOT NULL REFERENCES provider (id),
  provider_session TEXT, -- the provider's own key of its session
  rights INTEGER NOT NULL REFERENCES rights (id),
  app INTEGER REFERENCES app (id),
  ip BLOB, -- 4 or 6, then the address
  user_agent TEXT,
  attributes TEXT, -- JSON object of texts
  created_at INTEGER NOT NULL,
  last_access_at INTEGER NOT NULL,
  idle_timeout_ms INTEGER,
  expires_at INTEGER,
  deadline INTEGER NOT NULL, -- the earlier of both limits; 9007199254740991 when there is none
  epoch INTEGER NOT NULL,
  provider_config_version INTEGER NOT NULL,
  live INTEGER NOT NULL, -- 1 until the row is marked as ended
  end_reason INTEGER NOT NULL, -- 0 = none, 1 revoked, 2 logged_out, 3 idle, 4 expired, 5 displaced
  ended_at INTEGER,
  revocation INTEGER
) STRICT;

CREATE INDEX session_app ON session (app, live, created_at) WHERE app IS NOT NULL;

CREATE INDEX session_created ON session (live, created_at);

CREATE INDEX session_deadline ON session (deadline) WHERE live = 1;

CREATE INDEX session_ended ON session (ended_at) WHERE live = 0;

CREATE INDEX session_id ON session (id);

CREATE INDEX session_ip ON session (ip, live) WHERE ip IS NOT NULL;

CREATE INDEX session_last_access ON session (live, last_access_at);

CREATE INDEX session_provider ON session (provider, live, created_at);

CREATE INDEX session_provider_session ON session (provider_session, live, created_at)
  WHERE provider_session IS NOT NULL;

CREATE INDEX session_realm ON session (realm, live, created_at);

CREATE INDEX session_revocation ON session (revocation, created_at) WHERE revocation IS NOT NULL;

CREATE INDEX session_rights ON session (rights, live, created_at);

CREATE INDEX session_subject ON session (subject, live, created_at);

CREATE INDEX session_token ON session (token_key);

CREATE INDEX session_username ON session (username, live, created_at);
