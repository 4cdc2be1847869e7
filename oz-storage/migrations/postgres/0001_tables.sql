-- Same tables, columns and migration numbers as in ../sqlite. Times are microseconds since 1970, structured
-- values are JSON text rather than JSONB, which refuses U+0000 and rewrites numbers. `number` is the
-- insertion order.

CREATE TABLE company (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    metadata TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE user_account (
    id UUID NOT NULL PRIMARY KEY,
    company UUID REFERENCES company ON DELETE CASCADE,
    email TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    service BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    rights TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    metadata TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX user_account_company ON user_account (company, created, id);

-- Tokens are stored only as SHA-256 digests.
CREATE TABLE session (
    id UUID NOT NULL PRIMARY KEY,
    owner UUID NOT NULL REFERENCES user_account ON DELETE CASCADE,
    access BYTEA NOT NULL UNIQUE,
    refresh BYTEA NOT NULL UNIQUE,
    lifetime BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    replaces UUID,
    created BIGINT NOT NULL
);
CREATE INDEX session_owner ON session (owner);
CREATE INDEX session_expires ON session (expires);

-- `revision` is the revision of the last change to the references of the collection.
CREATE TABLE collection (
    id UUID NOT NULL PRIMARY KEY,
    company UUID NOT NULL,
    alias TEXT NOT NULL,
    metadata TEXT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    UNIQUE (company, alias)
);
CREATE INDEX collection_created ON collection (company, created, id);

CREATE TABLE subject (
    id UUID NOT NULL PRIMARY KEY,
    collection UUID NOT NULL REFERENCES collection ON DELETE CASCADE,
    metadata TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX subject_created ON subject (collection, created, id);

-- `revision` is the revision that stored the reference. `template` holds `length` 32-bit floats, little
-- endian; encrypted if `sealed`.
CREATE TABLE reference (
    id UUID NOT NULL PRIMARY KEY,
    collection UUID NOT NULL REFERENCES collection ON DELETE CASCADE,
    subject UUID NOT NULL REFERENCES subject ON DELETE CASCADE,
    model TEXT NOT NULL,
    length BIGINT NOT NULL,
    sealed BOOLEAN NOT NULL,
    template BYTEA NOT NULL,
    image_owner UUID,
    image_id UUID,
    created BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX reference_revision ON reference (collection, revision);
CREATE INDEX reference_subject ON reference (subject, created, id);
CREATE INDEX reference_image ON reference (image_id) WHERE image_id IS NOT NULL;

-- Deleted references, so that an index can follow the deletions.
CREATE TABLE reference_deletion (
    collection UUID NOT NULL REFERENCES collection ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    reference UUID NOT NULL,
    PRIMARY KEY (collection, revision)
);

CREATE TABLE folder (
    id UUID NOT NULL PRIMARY KEY,
    company UUID NOT NULL,
    owner UUID NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    endpoint TEXT,
    metadata TEXT NOT NULL,
    cleared BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX folder_created ON folder (created, id);
CREATE INDEX folder_updated ON folder (updated, id);
CREATE INDEX folder_company_created ON folder (company, created, id);
CREATE INDEX folder_company_updated ON folder (company, updated, id);
CREATE INDEX folder_owner ON folder (owner, created, id);

-- Searchable metadata of folders. UTF-8 bytes, because a text column cannot hold U+0000.
-- The order of the key columns allows a page of matches to be read without sorting.
CREATE TABLE folder_facet (
    path BYTEA NOT NULL,
    value BYTEA NOT NULL,
    company UUID NOT NULL,
    created BIGINT NOT NULL,
    folder UUID NOT NULL REFERENCES folder ON DELETE CASCADE,
    PRIMARY KEY (path, value, company, created, folder)
);
CREATE INDEX folder_facet_folder ON folder_facet (folder);

CREATE TABLE media (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    folder UUID NOT NULL REFERENCES folder ON DELETE CASCADE,
    company UUID NOT NULL,
    owner UUID NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    original_name TEXT NOT NULL,
    tags TEXT NOT NULL,
    blob_owner UUID,
    blob_id UUID,
    size BIGINT NOT NULL,
    preview TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX media_folder ON media (folder, created, number);

-- `status` combines state and resolution, including an operator's decision.
CREATE TABLE analysis (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    folder UUID NOT NULL REFERENCES folder ON DELETE CASCADE,
    company UUID NOT NULL,
    owner UUID NOT NULL,
    group_id UUID NOT NULL,
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
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    finished BIGINT
);
CREATE INDEX analysis_folder ON analysis (folder, created, id);
CREATE INDEX analysis_group ON analysis (group_id, number);
CREATE INDEX analysis_created ON analysis (created, id);
CREATE INDEX analysis_updated ON analysis (updated, id);
CREATE INDEX analysis_processing ON analysis (created) WHERE state = 'processing';

-- Subjects found by searches.
CREATE TABLE analysis_subject (
    subject UUID NOT NULL,
    analysis UUID NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    PRIMARY KEY (subject, analysis)
);
CREATE INDEX analysis_subject_analysis ON analysis_subject (analysis);

CREATE TABLE event_session (
    id UUID NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    company UUID,
    owner UUID NOT NULL,
    content TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX event_session_created ON event_session (created, id);
CREATE INDEX event_session_session ON event_session USING hash (session);

CREATE TABLE job (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payload BYTEA NOT NULL,
    priority BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    due BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    leased_until BIGINT,
    cancel_requested BOOLEAN NOT NULL,
    failure TEXT,
    result BYTEA,
    finished_at BIGINT
);
CREATE INDEX job_next ON job (priority DESC, due, number) WHERE state = 'waiting';
CREATE INDEX job_waiting ON job (kind, due) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (kind, leased_until) WHERE state = 'leased';
CREATE INDEX job_finished ON job (state, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_payload ON job USING hash (payload);

CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    event TEXT NOT NULL,
    previous BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

-- Blobs to erase. Once a blob is `given` out for erasure, no record may refer to it.
CREATE TABLE erasure (
    owner UUID NOT NULL,
    id UUID NOT NULL,
    due BIGINT NOT NULL,
    given BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (owner, id)
);
CREATE INDEX erasure_due ON erasure (due);
