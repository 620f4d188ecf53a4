-- Auditors ask for what came from an address, too.
CREATE INDEX stored_events_address_idx ON stored_events (organization, address, notification_id);
