--! Failed attempts to sign in, of all nodes. Accounts and addresses are hashes; where one does not count it is empty.

CREATE TABLE curfew.attempt (
  scope text COLLATE "C" NOT NULL, -- pair, account, address: failures; known: an address of an account; tries: within a window of time
  account text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  not_before bigint NOT NULL, -- for known: when it was noted last
  forgotten_at bigint NOT NULL,
  PRIMARY KEY (scope, account, address)
);

CREATE INDEX attempt_forgotten ON curfew.attempt (forgotten_at);
