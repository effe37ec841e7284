--! Failed attempts to sign in, of all processes that share the data. Accounts and addresses are hashes; where one does not
--! count it is empty.

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
