-- Whoever sees only the own folders of a company has them counted by an index alone, and listed in its order.
DROP INDEX folder_owner;
CREATE INDEX folder_owner_created ON folder (owner, created, id, company);
CREATE INDEX folder_owner_updated ON folder (owner, updated, id, company);
