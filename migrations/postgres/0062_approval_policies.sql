-- Who must agree to which changes, in whose place, and what each change takes.
CREATE TABLE approval_policies (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Policies are asked in this order; the first that matches decides.
    place BIGINT NOT NULL,
    content TEXT NOT NULL,
    author TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    updated_at BIGINT NOT NULL
);
CREATE TABLE approval_delegations (
    id TEXT NOT NULL PRIMARY KEY,
    from_id TEXT NOT NULL,
    from_name TEXT NOT NULL,
    to_id TEXT NOT NULL,
    to_name TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    CHECK (from_id <> to_id)
);
CREATE INDEX approval_delegations_to ON approval_delegations (to_id, ends_at);
CREATE INDEX approval_delegations_from ON approval_delegations (from_id, ends_at);
-- What the present content takes, as JSON; empty for what was written before there were policies.
ALTER TABLE changes ADD COLUMN demand TEXT NOT NULL DEFAULT '';
-- Which demand an approval meets, and in whose place it was given: nobody is counted twice, nor for what they asked for.
ALTER TABLE change_approvals ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE change_approvals ADD COLUMN principal_id TEXT NOT NULL DEFAULT '' CHECK (principal_id <> requester_id AND principal_id <> author_id);
ALTER TABLE change_approvals ADD COLUMN principal_name TEXT NOT NULL DEFAULT '';
UPDATE change_approvals SET principal_id = approver_id, principal_name = approver_name;
CREATE UNIQUE INDEX change_approvals_principal ON change_approvals (change_id, version, principal_id);
-- Teams whose agreement the present content takes: they read the change, as its own team does.
CREATE TABLE change_demand_teams (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL,
    PRIMARY KEY (change_id, team_id)
);
CREATE INDEX change_demand_teams_team ON change_demand_teams (team_id);
