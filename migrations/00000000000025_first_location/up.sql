-- Stock is counted at locations, so a shop has one from the start. A shop that has locations keeps them as they are.
-- The id is a UUIDv7 as everywhere else: 48 bits of time in milliseconds, the version, and random bits.
INSERT INTO stock_locations (id, name, position, created_at)
SELECT encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM now()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    ), 52, 1), 53, 1), 'hex')::uuid, 'Main warehouse', 0, now()
WHERE NOT EXISTS (SELECT FROM stock_locations);
