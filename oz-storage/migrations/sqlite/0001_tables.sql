-- Same tables, columns and migration numbers as in ../postgres. Times are microseconds since 1970, IDs are 16
-- bytes, structured values are JSON text. `number` is the insertion order.

CREATE TABLE company (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;

CREATE TABLE user_account (
    id BLOB NOT NULL PRIMARY KEY,
    company BLOB REFERENCES company ON DELETE CASCADE,
    email TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    service INTEGER NOT NULL,
    name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    rights TEXT NOT NULL,
    active INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX user_account_company ON user_account (company, created, id);

-- Tokens are stored only as SHA-256 digests.
CREATE TABLE session (
    id BLOB NOT NULL PRIMARY KEY,
    owner BLOB NOT NULL REFERENCES user_account ON DELETE CASCADE,
    access BLOB NOT NULL UNIQUE,
    refresh BLOB NOT NULL UNIQUE,
    lifetime INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    replaces BLOB,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX session_owner ON session (owner);
CREATE INDEX session_expires ON session (expires);

-- `revision` is the revision of the last change to the references of the collection.
CREATE TABLE collection (
    id BLOB NOT NULL PRIMARY KEY,
    company BLOB NOT NULL,
    alias TEXT NOT NULL,
    metadata TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (company, alias)
) STRICT;
CREATE INDEX collection_created ON collection (company, created, id);

CREATE TABLE subject (
    id BLOB NOT NULL PRIMARY KEY,
    collection BLOB NOT NULL REFERENCES collection ON DELETE CASCADE,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX subject_created ON subject (collection, created, id);

-- `revision` is the revision that stored the reference. `template` holds `length` 32-bit floats, little
-- endian; encrypted if `sealed`.
CREATE TABLE reference (
    id BLOB NOT NULL PRIMARY KEY,
    collection BLOB NOT NULL REFERENCES collection ON DELETE CASCADE,
    subject BLOB NOT NULL REFERENCES subject ON DELETE CASCADE,
    model TEXT NOT NULL,
    length INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    template BLOB NOT NULL,
    image_owner BLOB,
    image_id BLOB,
    created INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX reference_revision ON reference (collection, revision);
CREATE INDEX reference_subject ON reference (subject, created, id);
CREATE INDEX reference_image ON reference (image_id) WHERE image_id IS NOT NULL;

-- Deleted references, so that an index can follow the deletions.
CREATE TABLE reference_deletion (
    collection BLOB NOT NULL REFERENCES collection ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    reference BLOB NOT NULL,
    PRIMARY KEY (collection, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE folder (
    id BLOB NOT NULL PRIMARY KEY,
    company BLOB NOT NULL,
    owner BLOB NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    endpoint TEXT,
    metadata TEXT NOT NULL,
    cleared INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX folder_created ON folder (created, id);
CREATE INDEX folder_updated ON folder (updated, id);
CREATE INDEX folder_company_created ON folder (company, created, id);
CREATE INDEX folder_company_updated ON folder (company, updated, id);
CREATE INDEX folder_owner ON folder (owner, created, id);

-- Searchable metadata of folders. UTF-8 bytes, because a text column cannot hold U+0000.
-- The order of the key columns allows a page of matches to be read without sorting.
CREATE TABLE folder_facet (
    path BLOB NOT NULL,
    value BLOB NOT NULL,
    company BLOB NOT NULL,
    created INTEGER NOT NULL,
    folder BLOB NOT NULL REFERENCES folder ON DELETE CASCADE,
    PRIMARY KEY (path, value, company, created, folder)
) STRICT, WITHOUT ROWID;
CREATE INDEX folder_facet_folder ON folder_facet (folder);

CREATE TABLE media (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    folder BLOB NOT NULL REFERENCES folder ON DELETE CASCADE,
    company BLOB NOT NULL,
    owner BLOB NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    original_name TEXT NOT NULL,
    tags TEXT NOT NULL,
    blob_owner BLOB,
    blob_id BLOB,
    size INTEGER NOT NULL,
    preview TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX media_folder ON media (folder, created, number);

-- `status` combines state and resolution, including an operator's decision.
CREATE TABLE analysis (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    folder BLOB NOT NULL REFERENCES folder ON DELETE CASCADE,
    company BLOB NOT NULL,
    owner BLOB NOT NULL,
    group_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    sources TEXT NOT NULL,
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    resolution TEXT,
    decision TEXT,
    failure TEXT,
    results TEXT,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    finished INTEGER
) STRICT;
CREATE INDEX analysis_folder ON analysis (folder, created, id);
CREATE INDEX analysis_group ON analysis (group_id, number);
CREATE INDEX analysis_created ON analysis (created, id);
CREATE INDEX analysis_updated ON analysis (updated, id);
CREATE INDEX analysis_processing ON analysis (created) WHERE state = 'processing';

-- Subjects found by searches.
CREATE TABLE analysis_subject (
    subject BLOB NOT NULL,
    analysis BLOB NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    PRIMARY KEY (subject, analysis)
) STRICT, WITHOUT ROWID;
CREATE INDEX analysis_subject_analysis ON analysis_subject (analysis);

CREATE TABLE event_session (
    id BLOB NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    company BLOB,
    owner BLOB NOT NULL,
    content TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX event_session_created ON event_session (created, id);
CREATE INDEX event_session_session ON event_session (session);

CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payload BLOB NOT NULL,
    priority INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    leased_until INTEGER,
    cancel_requested INTEGER NOT NULL,
    failure TEXT,
    result BLOB,
    finished_at INTEGER
) STRICT;
CREATE INDEX job_next ON job (priority DESC, due, number) WHERE state = 'waiting';
CREATE INDEX job_waiting ON job (kind, due) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (kind, leased_until) WHERE state = 'leased';
CREATE INDEX job_finished ON job (state, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_payload ON job (payload);

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- Blobs to erase. Once a blob is `given` out for erasure, no record may refer to it.
CREATE TABLE erasure (
    owner BLOB NOT NULL,
    id BLOB NOT NULL,
    due INTEGER NOT NULL,
    given INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_due ON erasure (due);
