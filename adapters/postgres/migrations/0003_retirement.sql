-- When a model's vendor will switch it off, beside the facts that say so: lists are asked for it.
ALTER TABLE llm_models ADD COLUMN retires_at timestamptz;
UPDATE llm_models SET retires_at = (facts::jsonb ->> 'retires_at')::timestamptz WHERE facts LIKE '%"retires_at"%';
CREATE INDEX llm_models_retires_idx ON llm_models (organization, retires_at) WHERE retires_at IS NOT NULL;
