-- The schema after migration 3. Generated: npm run generate

CREATE TABLE curfew.app (
  id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  realm integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  UNIQUE (digest),
  PRIMARY KEY (id)
);

CREATE TABLE curfew.attempt (
  scope text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  not_before bigint NOT NULL,
  forgotten_at bigint NOT NULL,
  PRIMARY KEY (scope, account, address)
);

CREATE INDEX attempt_forgotten ON curfew.attempt USING btree (forgotten_at);

CREATE TABLE curfew.idempotency (
  key bytea NOT NULL,
  request bytea NOT NULL,
  session bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (key)
);

CREATE INDEX idempotency_at ON curfew.idempotency USING btree (at);

CREATE TABLE curfew.journal (
  seq bigint NOT NULL,
  at bigint NOT NULL,
  event text NOT NULL,
  detail text NOT NULL,
  by_kind text NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  face text NOT NULL,
  from_address text,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (seq)
);

CREATE TABLE curfew.migration (
  version integer NOT NULL,
  name text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (version)
);

CREATE TABLE curfew.provider (
  id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  realm integer NOT NULL,
  type text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  UNIQUE (digest),
  PRIMARY KEY (id)
);

CREATE TABLE curfew.realm (
  id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  name text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  UNIQUE (digest),
  PRIMARY KEY (id)
);

CREATE TABLE curfew.record (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE curfew.refusal (
  session bigint NOT NULL,
  ip text NOT NULL,
  count bigint NOT NULL,
  first_at bigint NOT NULL,
  last_at bigint NOT NULL,
  PRIMARY KEY (session, ip)
);

CREATE TABLE curfew.revocation (
  seq bigint NOT NULL,
  at bigint NOT NULL,
  selector text COLLATE "C" NOT NULL,
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
  place_created_at bigint NOT NULL DEFAULT '-1'::integer,
  place_number bigint NOT NULL DEFAULT '-1'::integer,
  PRIMARY KEY (seq)
);

CREATE INDEX revocation_at ON curfew.revocation USING btree (at);

CREATE INDEX revocation_unswept ON curfew.revocation USING btree (seq) WHERE (swept_at IS NULL);

CREATE TABLE curfew.rights (
  id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  realm integer NOT NULL,
  access_groups text[] COLLATE "C" NOT NULL,
  admin_ids bigint[] NOT NULL,
  digest bytea NOT NULL,
  UNIQUE (digest),
  PRIMARY KEY (id)
);

CREATE TABLE curfew.session (
  number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  id uuid NOT NULL,
  token_key bigint NOT NULL,
  token_hash bytea NOT NULL,
  realm integer NOT NULL,
  provider integer NOT NULL,
  rights integer NOT NULL,
  app integer,
  created_at bigint NOT NULL,
  last_access_at bigint NOT NULL,
  idle_timeout_ms bigint,
  expires_at bigint,
  deadline bigint NOT NULL,
  due_at bigint NOT NULL,
  epoch bigint NOT NULL,
  provider_config_version bigint NOT NULL,
  ended_at bigint,
  revocation bigint,
  end_reason smallint NOT NULL,
  live boolean NOT NULL,
  username text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  provider_session text COLLATE "C",
  ip bytea,
  user_agent text COLLATE "C",
  attributes text COLLATE "C",
  PRIMARY KEY (number)
) WITH (fillfactor=85);

CREATE INDEX session_app ON curfew.session USING btree (app, created_at, number) WHERE (app IS NOT NULL);

CREATE INDEX session_created ON curfew.session USING btree (created_at, number);

CREATE INDEX session_due ON curfew.session USING btree (due_at) WHERE live;

CREATE INDEX session_ended ON curfew.session USING btree (ended_at) WHERE (NOT live);

CREATE UNIQUE INDEX session_id ON curfew.session USING btree (id);

CREATE INDEX session_ip ON curfew.session USING btree (ip) WHERE (ip IS NOT NULL);

CREATE INDEX session_provider ON curfew.session USING btree (provider, created_at, number);

CREATE INDEX session_provider_session ON curfew.session USING btree (hashtextextended(provider_session, (0)::bigint)) WHERE (provider_session IS NOT NULL);

CREATE INDEX session_realm ON curfew.session USING btree (realm, created_at, number);

CREATE INDEX session_revocation ON curfew.session USING btree (revocation, created_at, number) WHERE (revocation IS NOT NULL);

CREATE INDEX session_rights ON curfew.session USING btree (rights, created_at, number);

CREATE INDEX session_subject ON curfew.session USING btree (hashtextextended(subject, (0)::bigint), created_at, number);

CREATE INDEX session_subject_begins ON curfew.session USING btree (realm, "left"(subject, 100)) WHERE live;

CREATE INDEX session_token ON curfew.session USING btree (token_key);

CREATE INDEX session_username ON curfew.session USING btree (hashtextextended(username, (0)::bigint), created_at, number);

CREATE INDEX session_username_begins ON curfew.session USING btree (realm, "left"(username, 100)) WHERE live;

CREATE OR REPLACE FUNCTION curfew.demand_head(known bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF (SELECT coalesce(max(seq), 0) FROM curfew.revocation) <> known THEN
    RAISE EXCEPTION 'the ledger has grown beyond entry %', known USING ERRCODE = 'CF001';
  END IF;
END $function$;
