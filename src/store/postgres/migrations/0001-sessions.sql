--! Sessions, the ledger and the journal. Instants are epoch milliseconds. Long texts are found by a hash of 64 bits, for an
--! index takes no value of more than some 2,700 bytes.

CREATE TABLE curfew.realm (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL UNIQUE -- SHA-256 of the word, by which it is found
);

CREATE TABLE curfew.provider (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  realm integer NOT NULL,
  type text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL UNIQUE
);

CREATE TABLE curfew.app (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  realm integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL UNIQUE
);

-- Sessions share few distinct sets of rights, so a set stands once and a session names it by number.
CREATE TABLE curfew.rights (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  realm integer NOT NULL,
  access_groups text[] COLLATE "C" NOT NULL,
  admin_ids bigint[] NOT NULL,
  digest bytea NOT NULL UNIQUE
);

CREATE TABLE curfew.session (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  token_key bigint NOT NULL, -- the first 6 bytes of the hash of the token; what is looked up
  token_hash bytea NOT NULL, -- SHA-256
  realm integer NOT NULL,
  provider integer NOT NULL,
  rights integer NOT NULL,
  app integer,
  created_at bigint NOT NULL,
  last_access_at bigint NOT NULL,
  idle_timeout_ms bigint,
  expires_at bigint,
  deadline bigint NOT NULL, -- the earlier of both limits; 9007199254740991 when there is none
  due_at bigint NOT NULL, -- not after the deadline: when to look at it again. A touch leaves it, so that no index changes
  epoch bigint NOT NULL,
  provider_config_version bigint NOT NULL,
  ended_at bigint,
  revocation bigint,
  end_reason smallint NOT NULL, -- 0 none, 1 revoked, 2 logged_out, 3 idle, 4 expired, 5 displaced
  live boolean NOT NULL, -- true until the row is marked as ended
  username text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  provider_session text COLLATE "C",
  ip bytea, -- 4 or 6, then the address
  user_agent text COLLATE "C",
  attributes text COLLATE "C" -- JSON object of texts
) WITH (fillfactor = 85);

CREATE INDEX session_token ON curfew.session (token_key);
CREATE UNIQUE INDEX session_id ON curfew.session (id);
CREATE INDEX session_username ON curfew.session (hashtextextended(username, 0), created_at, number);
CREATE INDEX session_subject ON curfew.session (hashtextextended(subject, 0), created_at, number);
CREATE INDEX session_provider_session ON curfew.session (hashtextextended(provider_session, 0))
  WHERE provider_session IS NOT NULL;
CREATE INDEX session_provider ON curfew.session (provider, created_at, number);
CREATE INDEX session_rights ON curfew.session (rights, created_at, number);
CREATE INDEX session_app ON curfew.session (app, created_at, number) WHERE app IS NOT NULL;
CREATE INDEX session_realm ON curfew.session (realm, created_at, number);
CREATE INDEX session_created ON curfew.session (created_at, number);
CREATE INDEX session_ip ON curfew.session (ip) WHERE ip IS NOT NULL;
CREATE INDEX session_due ON curfew.session (due_at) WHERE live;
CREATE INDEX session_ended ON curfew.session (ended_at) WHERE NOT live;
CREATE INDEX session_revocation ON curfew.session (revocation, created_at, number) WHERE revocation IS NOT NULL;

CREATE TABLE curfew.revocation (
  seq bigint PRIMARY KEY,
  at bigint NOT NULL,
  selector text COLLATE "C" NOT NULL, -- canonical JSON
  by_kind text NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  face text NOT NULL,
  from_address text,
  reason text NOT NULL,
  matched bigint NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  swept bigint NOT NULL,
  swept_at bigint,
  place_created_at bigint NOT NULL DEFAULT -1, -- how far the sweep has come
  place_number bigint NOT NULL DEFAULT -1
);

CREATE INDEX revocation_unswept ON curfew.revocation (seq) WHERE swept_at IS NULL;
CREATE INDEX revocation_at ON curfew.revocation (at);

-- Called under the lock of the ledger by whoever has decided something by the ledger up to a number.
CREATE FUNCTION curfew.demand_head(known bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT coalesce(max(seq), 0) FROM curfew.revocation) <> known THEN
    RAISE EXCEPTION 'the ledger has grown beyond entry %', known USING ERRCODE = 'CF001';
  END IF;
END $$;

CREATE TABLE curfew.idempotency (
  key bytea PRIMARY KEY, -- SHA-256 of caller and key
  request bytea NOT NULL, -- SHA-256 of what was asked
  session bigint NOT NULL,
  at bigint NOT NULL
);

CREATE INDEX idempotency_at ON curfew.idempotency (at);

CREATE TABLE curfew.refusal (
  session bigint NOT NULL,
  ip text NOT NULL, -- empty when not known
  count bigint NOT NULL,
  first_at bigint NOT NULL,
  last_at bigint NOT NULL,
  PRIMARY KEY (session, ip)
);

CREATE TABLE curfew.record (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  body text NOT NULL, -- JSON
  version bigint NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE curfew.journal (
  seq bigint PRIMARY KEY,
  at bigint NOT NULL,
  event text NOT NULL,
  detail text NOT NULL, -- JSON object
  by_kind text NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  face text NOT NULL,
  from_address text,
  previous_hash text NOT NULL,
  hash text NOT NULL
);
