-- Whoever sees only the own folders of a company has them counted and listed from an index alone.
DROP INDEX folder_owner;
CREATE INDEX folder_owner_created ON folder (owner, company, created, id);
CREATE INDEX folder_owner_updated ON folder (owner, company, updated, id);
