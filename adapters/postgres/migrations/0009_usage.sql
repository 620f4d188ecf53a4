-- What calls came to, added up. A call changes nothing of the business and there are thousands a second, so
-- calls are no events, and this is no read model of the log. Names are those of the latest call.
CREATE TABLE usage_by_day (
    organization uuid NOT NULL,
    day date NOT NULL,
    token_id uuid NOT NULL,
    model uuid NOT NULL,
    token_name text NOT NULL,
    provider_id uuid NOT NULL,
    provider_name text NOT NULL,
    model_id text NOT NULL,
    calls bigint NOT NULL,
    errors bigint NOT NULL,
    uncounted_calls bigint NOT NULL,
    unpriced_calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_usd numeric NOT NULL,
    last_call_at timestamptz NOT NULL,
    PRIMARY KEY (organization, day, token_id, model)
);

-- The last batch that each process has added, so that one that is sent twice is added once.
CREATE TABLE usage_flushes (
    process uuid PRIMARY KEY,
    batch bigint NOT NULL,
    flushed_at timestamptz NOT NULL
);
