-- The listings that runs saw, each kept once under the SHA-256 of its normal form, compressed with zlib.
CREATE TABLE listings (
    digest text PRIMARY KEY,
    body bytea NOT NULL,
    models integer NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
