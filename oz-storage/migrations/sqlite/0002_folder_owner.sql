-- For users who see only their own folders: counts use only the index, and lists are read in its order.
DROP INDEX folder_owner;
CREATE INDEX folder_owner_created ON folder (owner, created, id, company);
CREATE INDEX folder_owner_updated ON folder (owner, updated, id, company);
