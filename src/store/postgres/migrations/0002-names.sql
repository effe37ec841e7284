--! Names of live sessions by their beginning, within a realm. An index takes no value of more than some 2,700 bytes, and
--! nobody writes more than 100 letters to be told the rest.

CREATE INDEX session_username_begins ON curfew.session (realm, left(username, 100)) WHERE live;
CREATE INDEX session_subject_begins ON curfew.session (realm, left(subject, 100)) WHERE live;
