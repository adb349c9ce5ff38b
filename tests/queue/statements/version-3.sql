-- lanes_with_mail (bigint, bytea[], bigint) -> (bigint, boolean, boolean)
SELECT l.lane, found.is_left, found.is_free FROM generate_series(0, $1::bigint - 1) AS l(lane), LATERAL (SELECT  (SELECT 1 FROM entry e WHERE e.lane = l.lane AND e.owner IS NOT NULL   AND e.lease_end <= queue_now() - $3::bigint AND e.destination <> ALL($2::bytea[])   LIMIT 1) IS NOT NULL AS is_left,  (SELECT 1 FROM entry e WHERE e.lane = l.lane AND e.owner IS NULL   AND e.due <= queue_now() - $3::bigint AND e.destination <> ALL($2::bytea[])   LIMIT 1) IS NOT NULL AS is_free  OFFSET 0) AS found WHERE found.is_left OR found.is_free;

-- claim_left (uuid, bigint, bigint, bytea[], bigint, bigint) -> (bigint, bigint, bigint, bigint, bytea)
WITH c AS (SELECT message, number FROM entry  WHERE owner IS NOT NULL AND lane = $6::bigint AND lease_end <= queue_now() - $5::bigint  AND destination <> ALL($4::bytea[]) ORDER BY lease_end  LIMIT $3::bigint FOR UPDATE SKIP LOCKED) UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint, fence = greatest(e.fence, 1) + 1 FROM c WHERE e.message = c.message AND e.number = c.number RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery;

-- claim_free (uuid, bigint, bigint, bytea[], bigint, bigint) -> (bigint, bigint, bigint, bigint, bytea)
WITH c AS (SELECT message, number FROM entry  WHERE owner IS NULL AND lane = $6::bigint AND due <= queue_now() - $5::bigint  AND destination <> ALL($4::bytea[]) ORDER BY due  LIMIT $3::bigint FOR UPDATE SKIP LOCKED) UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint, fence = greatest(e.fence, 1) + 1 FROM c WHERE e.message = c.message AND e.number = c.number RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery;

-- renew (uuid, bigint, bigint[], bigint[], bigint[]) -> (bigint, bigint)
WITH l AS (SELECT e.message, e.number FROM entry e  JOIN unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS h(message, number, fence)  ON e.message = h.message AND e.number = h.number AND e.fence = h.fence  WHERE e.owner = $1::uuid ORDER BY e.message, e.number FOR UPDATE OF e) UPDATE entry e SET lease_end = queue_now() + $2::bigint FROM l WHERE e.message = l.message AND e.number = l.number RETURNING e.message, e.number;

-- release (uuid, bigint[], bigint[], bigint[]) -> ()
WITH l AS (SELECT e.message, e.number FROM entry e  JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS h(message, number, fence)  ON e.message = h.message AND e.number = h.number AND e.fence = h.fence  WHERE e.owner = $1::uuid ORDER BY e.message, e.number FOR UPDATE OF e) UPDATE entry e SET owner = NULL, lease_end = NULL FROM l WHERE e.message = l.message AND e.number = l.number;

-- release_all (uuid) -> ()
UPDATE entry SET owner = NULL, lease_end = NULL WHERE owner = $1::uuid;

-- claimed_of (uuid, bigint[], bigint) -> (bigint, bigint, bigint)
WITH l AS (SELECT message, number FROM entry  WHERE owner = $1::uuid AND message = ANY($2::bigint[])  ORDER BY message, number FOR UPDATE) UPDATE entry e SET lease_end = queue_now() + $3::bigint FROM l WHERE e.message = l.message AND e.number = l.number RETURNING e.message, e.number, e.fence;

-- take (uuid, bigint, bigint[], bigint[], bigint) -> (bigint, bigint, bigint, bigint, bytea)
WITH c AS (SELECT e.message, e.number FROM entry e  JOIN unnest($3::bigint[], $4::bigint[]) AS n(message, number)  ON e.message = n.message AND e.number = n.number  WHERE e.owner IS NULL OR ($5::bigint = 1 AND e.lease_end <= queue_now())  ORDER BY e.message, e.number FOR UPDATE OF e SKIP LOCKED) UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint, fence = greatest(e.fence, 1) + 1 FROM c WHERE e.message = c.message AND e.number = c.number RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery;

-- read_drawn_rate (bytea) -> (bigint, boolean, bigint, bytea)
SELECT queue_now(), d.name IS NOT NULL, coalesce(d.version, 0), coalesce(d.drawn, '') FROM (SELECT $1::bytea AS name) AS n LEFT JOIN drawn_rate d ON d.name = n.name;

-- change_drawn_rate (bytea, bigint, bytea, bigint, bigint) -> (bigint)
UPDATE drawn_rate SET version = $2::bigint, drawn = $3::bytea, until = $4::bigint WHERE name = $1::bytea AND version = $5::bigint RETURNING version;

-- add_drawn_rate (bytea, bigint, bytea, bigint, bigint) -> (bigint)
INSERT INTO drawn_rate (name, version, drawn, until) SELECT $1::bytea, $2::bigint, $3::bytea, $4::bigint WHERE $5::bigint = 0 ON CONFLICT (name) DO NOTHING RETURNING version;

-- forget_drawn_rates (bigint) -> ()
DELETE FROM drawn_rate WHERE until < queue_now() - $1::bigint;

-- put_history (bytea[]) -> ()
INSERT INTO history (part, at, place, line) SELECT p.part, queue_now(), n.place, n.line FROM (SELECT max(part) AS part FROM history_part) AS p, unnest($1::bytea[]) WITH ORDINALITY AS n(line, place);

-- lock_parts () -> ()
LOCK TABLE history_part IN SHARE ROW EXCLUSIVE MODE;

-- look_at_parts () -> (bigint, bigint, bigint)
SELECT part, queue_now() - since, pg_total_relation_size(('history_' || part)::regclass) FROM history_part ORDER BY part;

-- parts_of_history () -> (bigint)
SELECT part FROM history_part ORDER BY part DESC;

-- lines_of_part (bigint, bytea, bigint) -> (bytea)
SELECT line FROM history WHERE part = $1::bigint AND position(encode($2::bytea, 'escape') IN translate(encode(line, 'escape'),  'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) > 0 ORDER BY at DESC, place DESC LIMIT $3::bigint;

-- look () -> (text, boolean, boolean, boolean, bigint)
SELECT current_setting('server_version'), current_setting('transaction_read_only') = 'on', coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AND coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('message')), true), current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on', least(current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint - (SELECT sum(numbackends)::bigint FROM pg_stat_database), (SELECT CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit - s.numbackends END::bigint FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = current_database()), (SELECT CASE WHEN rolconnlimit >= 0 THEN rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END::bigint FROM pg_roles WHERE rolname = current_user));

-- page_of_others (uuid, bigint, bigint, bigint) -> (bigint, bigint, bigint, bigint, bytea, bigint, uuid, bytea)
SELECT e.message, e.number, e.due - queue_now(), e.fence, e.delivery, coalesce(e.lease_end - queue_now(), 0), e.owner, (SELECT n.host FROM node n WHERE n.owner = e.owner) FROM entry e WHERE (e.message, e.number) >= ($2::bigint, $3::bigint) AND (e.owner IS NULL OR e.owner <> $1::uuid) ORDER BY e.message, e.number LIMIT $4::bigint;

-- others_of (uuid, bigint[]) -> (bigint, bigint, bigint, bigint, bytea, bigint, uuid, bytea)
SELECT e.message, e.number, e.due - queue_now(), e.fence, e.delivery, coalesce(e.lease_end - queue_now(), 0), e.owner, (SELECT n.host FROM node n WHERE n.owner = e.owner) FROM entry e WHERE e.message = ANY($2::bigint[]) AND (e.owner IS NULL OR e.owner <> $1::uuid) ORDER BY e.message, e.number;

-- note_node (uuid, bytea, bytea, bytea) -> ()
INSERT INTO node (owner, host, version, address, since, seen) VALUES ($1::uuid, $2::bytea, $3::bytea, $4::bytea, queue_now(), queue_now()) ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen;

-- forget_node (uuid) -> ()
DELETE FROM node WHERE owner = $1::uuid;

-- read_nodes () -> (uuid, bytea, bytea, bytea, bigint, bigint, bigint)
SELECT n.owner, n.host, n.version, n.address, queue_now() - n.since, queue_now() - n.seen, coalesce(c.claimed, 0)::bigint FROM node n LEFT JOIN (SELECT owner, count(*) AS claimed FROM entry WHERE owner IS NOT NULL GROUP BY owner) AS c ON c.owner = n.owner ORDER BY n.since, n.owner;

-- read_heard_nodes () -> (uuid, bytea, bytea, bytea, bigint, bigint, bigint)
SELECT owner, host, version, address, queue_now() - since, queue_now() - seen, 0::bigint FROM node ORDER BY since, owner;

-- tell_nodes (uuid, bytea) -> ()
UPDATE node SET words = $2::bytea, words_at = queue_now() WHERE owner = $1::uuid;

-- hear_nodes (uuid, bigint) -> (bytea, bigint, boolean)
SELECT CASE WHEN owner = $1::uuid THEN '' ELSE words END, queue_now() - words_at, owner = $1::uuid FROM node WHERE queue_now() - seen <= $2::bigint AND words <> '';

-- tell_lasting (bytea, bigint) -> ()
WITH e AS (UPDATE lasting_end SET number = number + 1 RETURNING number) INSERT INTO lasting (number, at, until, words) SELECT e.number, queue_now(), queue_now() + $2::bigint, $1::bytea FROM e;

-- last_of_lasting () -> (bigint, bigint)
SELECT number, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint FROM lasting_end;

-- page_of_lasting (bigint, bigint) -> (bigint, bytea, bigint)
SELECT number, words, queue_now() - at FROM lasting WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint;

-- forget_lasting () -> ()
DELETE FROM lasting WHERE (number) IN (SELECT number FROM lasting WHERE until < queue_now() ORDER BY until LIMIT 1000);

-- post_notices (bigint[], bytea[], bytea[], boolean[], bigint[]) -> ()
WITH b AS (UPDATE board SET last = last + 1 RETURNING last) INSERT INTO notice (kind, key, value, removed, version, at, until) SELECT n.kind, n.key, n.value, n.removed, b.last, queue_now(),  CASE WHEN n.time >= 0 THEN queue_now() + n.time END FROM b, unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::boolean[], $5::bigint[])  AS n(kind, key, value, removed, time) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, removed = excluded.removed, version = excluded.version, at = excluded.at, until = excluded.until;

-- look_at_board () -> (uuid, bigint, bigint, bigint)
SELECT id, last, forgotten, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint FROM board;

-- page_of_board (bigint, bigint) -> (bigint, bigint, bytea, bytea, boolean, boolean, bigint)
SELECT n.kind, n.version, n.key, n.value, n.removed, n.until IS NOT NULL, coalesce(n.until - queue_now(), 0) FROM notice n WHERE n.version > $1::bigint AND n.version <= (SELECT max(p.version) FROM  (SELECT version FROM notice WHERE version > $1::bigint ORDER BY version LIMIT $2::bigint)  AS p) ORDER BY n.version;

-- lock_board () -> (bigint)
SELECT last FROM board FOR UPDATE;

-- forget_removals (bigint) -> ()
WITH gone AS (DELETE FROM notice WHERE (kind, key) IN (SELECT kind, key FROM notice  WHERE removed AND at < queue_now() - $1::bigint ORDER BY at LIMIT 1000) RETURNING version) UPDATE board SET forgotten = greatest(forgotten, (SELECT max(version) FROM gone)) WHERE EXISTS (SELECT 1 FROM gone);

-- forget_notices (bigint) -> ()
DELETE FROM notice WHERE (kind, key) IN (SELECT kind, key FROM notice WHERE until < queue_now() - $1::bigint ORDER BY until LIMIT 1000);

-- process () -> (bigint)
SELECT pg_backend_pid()::bigint;

-- has_versions () -> (boolean)
SELECT to_regclass('schema_version') IS NOT NULL;

-- read_version () -> (bigint)
SELECT coalesce(max(number), 0)::bigint FROM schema_version;

-- lock_schema () -> (void)
SELECT pg_advisory_xact_lock(7238115437921);

-- holder_of_schema () -> (text)
SELECT coalesce(max('process ' || a.pid || coalesce(' of ' || host(a.client_addr), '')), '') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid::bigint = 7238115437921 >> 32 AND l.objid::bigint = 7238115437921 & 4294967295 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- begin () -> ()
BEGIN;

-- commit () -> ()
COMMIT;

-- unsynced () -> ()
SET LOCAL synchronous_commit = off;

-- note_batch (uuid) -> ()
INSERT INTO written (batch, voided, at) VALUES ($1::uuid, false, queue_now());

-- forget_earlier (uuid[]) -> ()
DELETE FROM written WHERE batch = ANY($1::uuid[]);

-- resolve_batch (uuid) -> (boolean)
INSERT INTO written (batch, voided, at) VALUES ($1::uuid, true, queue_now()) ON CONFLICT (batch) DO UPDATE SET at = written.at RETURNING voided;

-- find_batches (uuid[]) -> (bigint)
SELECT count(*) FROM written WHERE batch = ANY($1::uuid[]) AND NOT voided;

-- put_chunks (bigint[], bigint[], bytea[]) -> ()
INSERT INTO body (message, chunk, bytes) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) ON CONFLICT (message, chunk) DO UPDATE SET bytes = excluded.bytes;

-- note_arriving (bigint[], uuid) -> ()
INSERT INTO arriving (message, owner, at) SELECT DISTINCT m, $2::uuid, queue_now() FROM unnest($1::bigint[]) AS a(m) ON CONFLICT (message) DO UPDATE SET at = excluded.at;

-- arrived (bigint[]) -> (bigint, bigint)
SELECT a.message, (SELECT count(*) FROM body b WHERE b.message = a.message)::bigint FROM arriving a WHERE a.message = ANY($1::bigint[]) FOR UPDATE OF a;

-- forget_arriving (bigint[]) -> ()
DELETE FROM arriving WHERE message = ANY($1::bigint[]);

-- erase_bodies (bigint[]) -> ()
DELETE FROM body WHERE message = ANY($1::bigint[]);

-- discard_bodies (bigint[]) -> ()
DELETE FROM body WHERE message = ANY($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = body.message);

-- lock_entries (bigint[], bigint[]) -> (bigint, bigint, bigint, bytea)
SELECT e.message, e.number, e.fence, e.delivery FROM entry e JOIN unnest($1::bigint[], $2::bigint[]) AS n(message, number) ON e.message = n.message AND e.number = n.number ORDER BY e.message, e.number FOR UPDATE OF e;

-- lock_entries_of (bigint[]) -> (bigint, bigint, bigint, bytea)
SELECT e.message, e.number, e.fence, e.delivery FROM entry e WHERE e.message = ANY($1::bigint[]) ORDER BY e.message, e.number FOR UPDATE OF e;

-- settled_by (bigint[], bigint[]) -> (bigint, bigint, bigint)
SELECT s.message, s.number, s.fence FROM settled s JOIN unnest($1::bigint[], $2::bigint[]) AS n(message, number) ON s.message = n.message AND s.number = n.number;

-- lock_messages (bigint[]) -> (bigint, bigint, bigint, bigint)
SELECT id, recipients, chunks, size FROM message WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE;

-- marks_of (bigint[]) -> (bigint, bigint, boolean)
SELECT message, recipient, finished FROM recipient WHERE message = ANY($1::bigint[]);

-- put_messages (bigint[], bigint[], bigint[], bigint[], bytea[]) -> ()
INSERT INTO message (id, recipients, chunks, size, envelope) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]);

-- put_entries (bigint[], bigint[], bigint[], bytea[], bigint[], boolean[], bytea[], uuid, bigint, bigint[]) -> ()
INSERT INTO entry (message, number, due, destination, fence, owner, lease_end, delivery, lane) SELECT message, number, queue_now() + pause, destination,  fence,  CASE WHEN kept OR pause <= 0 THEN $8::uuid END,  CASE WHEN kept OR pause <= 0 THEN queue_now() + $9::bigint END,  delivery, lane FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[],  $6::boolean[], $7::bytea[], $10::bigint[]) AS n(message, number, pause, destination, fence, kept, delivery, lane);

-- put_names (bytea[], bigint[]) -> ()
INSERT INTO given_name (name, message, at) SELECT name, message, queue_now() FROM unnest($1::bytea[], $2::bigint[]) AS n(name, message) ON CONFLICT (name) DO UPDATE SET message = excluded.message, at = excluded.at;

-- claim_names (bytea[], bigint[]) -> ()
INSERT INTO given_name (name, message, at) SELECT name, message, queue_now() FROM unnest($1::bytea[], $2::bigint[]) AS n(name, message) ORDER BY name, message ON CONFLICT (name) DO NOTHING;

-- erase_names (bigint[]) -> ()
DELETE FROM given_name WHERE message = ANY($1::bigint[]);

-- erase_entries (bigint[], bigint[]) -> ()
DELETE FROM entry e USING unnest($1::bigint[], $2::bigint[]) AS n(message, number) WHERE e.message = n.message AND e.number = n.number;

-- shrink_entries (bigint[], bigint[], bytea[]) -> ()
UPDATE entry e SET delivery = n.delivery FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS n(message, number, delivery) WHERE e.message = n.message AND e.number = n.number;

-- note_settled (bigint[], bigint[], bigint[]) -> ()
INSERT INTO settled (message, number, fence, at) SELECT message, number, fence, queue_now() FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n(message, number, fence) ON CONFLICT DO NOTHING;

-- erase_messages (bigint[]) -> ()
DELETE FROM message WHERE id = ANY($1::bigint[]);

-- erase_recipients (bigint[]) -> ()
DELETE FROM recipient WHERE message = ANY($1::bigint[]);

-- put_recipients (bigint[], bigint[], boolean[], bytea[]) -> ()
INSERT INTO recipient (message, recipient, finished, state) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::bytea[]) ON CONFLICT (message, recipient) DO UPDATE SET finished = excluded.finished, state = excluded.state;

-- put_events (bytea[]) -> ()
INSERT INTO event (at, text) SELECT queue_now(), text FROM unnest($1::bytea[]) AS n(text);

-- forget_events (bigint) -> ()
DELETE FROM event WHERE at < queue_now() - $1::bigint;

-- add_totals (uuid, bigint, bigint, bigint) -> ()
INSERT INTO total VALUES ($1::uuid, $2::bigint, $3::bigint, $4::bigint) ON CONFLICT (owner) DO UPDATE SET messages = total.messages + excluded.messages, recipients = total.recipients + excluded.recipients, bytes = total.bytes + excluded.bytes;

-- read_totals () -> (bigint, bigint, bigint)
SELECT coalesce(sum(messages), 0)::bigint, coalesce(sum(recipients), 0)::bigint, coalesce(sum(bytes), 0)::bigint FROM total;

-- fold_totals () -> ()
WITH gone AS (SELECT t.owner FROM total t  WHERE t.owner <> '00000000-0000-0000-0000-000000000000'  AND NOT EXISTS (SELECT 1 FROM node n WHERE n.owner = t.owner)  LIMIT 1000 FOR UPDATE OF t SKIP LOCKED), taken AS (DELETE FROM total t USING gone g WHERE t.owner = g.owner  RETURNING t.messages, t.recipients, t.bytes) INSERT INTO total SELECT '00000000-0000-0000-0000-000000000000', sum(messages)::bigint,  sum(recipients)::bigint, sum(bytes)::bigint FROM taken HAVING count(*) > 0 ON CONFLICT (owner) DO UPDATE SET messages = total.messages + excluded.messages, recipients = total.recipients + excluded.recipients, bytes = total.bytes + excluded.bytes;

-- take_ids (bigint, bigint) -> (bigint)
UPDATE id_block SET next = greatest(next, queue_now() << 20, $2::bigint) + $1::bigint RETURNING next - $1::bigint;

-- read_clock () -> (bigint)
SELECT queue_now();

-- read_envelopes (bigint[]) -> (bigint, bytea)
SELECT id, envelope FROM message WHERE id = ANY($1::bigint[]);

-- read_states (bigint[]) -> (bigint, bigint, bytea)
SELECT message, recipient, state FROM recipient WHERE message = ANY($1::bigint[]) AND NOT finished ORDER BY message, recipient;

-- read_first_chunks (bigint[]) -> (bigint, bytea)
SELECT message, bytes FROM body WHERE message = ANY($1::bigint[]) AND chunk = 0;

-- read_chunk (bigint, bigint) -> (bytea)
SELECT bytes FROM body WHERE message = $1::bigint AND chunk = $2::bigint;

-- quarantine (bigint[]) -> (bigint)
INSERT INTO quarantine (message, chunk, bytes, at) SELECT id, -1, envelope, queue_now() FROM message WHERE id = ANY($1::bigint[]) UNION ALL SELECT b.message, b.chunk, b.bytes, queue_now() FROM body b  JOIN message m ON m.id = b.message WHERE b.message = ANY($1::bigint[]) ON CONFLICT (message, chunk) DO NOTHING RETURNING chunk;

-- drop_bodies (bigint[]) -> ()
DELETE FROM body WHERE message = ANY($1::bigint[]);

-- count_messages (bigint[]) -> (bigint)
SELECT count(*) FROM message WHERE id = ANY($1::bigint[]);

-- confirm_names (bytea[]) -> (bigint, bytea)
UPDATE given_name SET at = at WHERE name = ANY($1::bytea[]) RETURNING message, name;

-- find_names (bytea[]) -> (bigint, bytea)
SELECT message, name FROM given_name WHERE name = ANY($1::bytea[]);

-- page_of_entries (bigint, bigint, bigint) -> (bigint, bigint, bigint, bigint, bytea)
SELECT message, number, due - queue_now(), fence, delivery FROM entry WHERE (message, number) > ($1::bigint, $2::bigint) ORDER BY message, number LIMIT $3::bigint;

-- move_entries (bigint[], bigint[], bigint[]) -> ()
WITH l AS (SELECT e.message, e.number, n.pause FROM entry e  JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n(message, number, pause)  ON e.message = n.message AND e.number = n.number  ORDER BY e.message, e.number FOR UPDATE OF e) UPDATE entry e SET due = queue_now() + l.pause FROM l WHERE e.message = l.message AND e.number = l.number;

-- forget_batches (bigint) -> ()
DELETE FROM written WHERE (batch) IN (SELECT batch FROM written WHERE at < queue_now() - $1::bigint ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- forget_settled (bigint) -> ()
DELETE FROM settled WHERE (message, number) IN (SELECT message, number FROM settled WHERE at < queue_now() - $1::bigint ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- forget_names (bigint) -> ()
DELETE FROM given_name WHERE (name) IN (SELECT name FROM given_name WHERE at < queue_now() - $1::bigint ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- forget_nodes (bigint) -> ()
DELETE FROM node WHERE (owner) IN (SELECT owner FROM node WHERE seen < queue_now() - $1::bigint ORDER BY seen LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- erase_orphans (bigint) -> ()
WITH gone AS (DELETE FROM arriving WHERE at < queue_now() - $1::bigint RETURNING message) DELETE FROM body b USING gone WHERE b.message = gone.message;

-- end_stuck (bigint) -> (text, bigint, boolean)
SELECT coalesce(host(client_addr), ''), (extract(epoch FROM clock_timestamp() - state_change) * 1000)::bigint, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = session_user AND application_name = current_setting('application_name') AND state = 'active' AND wait_event_type = 'Client' AND state_change < clock_timestamp() - $1::bigint * interval '1 millisecond';

-- briefly () -> ()
SET LOCAL statement_timeout = 1000;

-- longest_unclaimed (bigint) -> (bigint)
SELECT coalesce(max(greatest(queue_now() - first.due, queue_now() - first.lease_end)), 0) FROM generate_series(0, $1::bigint - 1) AS l(lane), LATERAL (SELECT  (SELECT e.due FROM entry e WHERE e.lane = l.lane AND e.owner IS NULL   AND e.due <= queue_now() ORDER BY e.due LIMIT 1) AS due,  (SELECT e.lease_end FROM entry e WHERE e.lane = l.lane AND e.owner IS NOT NULL   AND e.lease_end <= queue_now() ORDER BY e.lease_end LIMIT 1) AS lease_end  OFFSET 0) AS first;

-- oldest_message () -> (bigint)
SELECT coalesce((SELECT greatest(queue_now() - (id >> 20), 1) FROM message ORDER BY id LIMIT 1), 0);

-- messages_by_age (bigint[], bigint[], bigint) -> (bigint)
SELECT (SELECT count(*) FROM (SELECT 1 FROM message m   WHERE m.id > (queue_now() - a.oldest) << 20 AND m.id <= (queue_now() - a.youngest) << 20   LIMIT $3::bigint) AS found) FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a(oldest, youngest, place) ORDER BY a.place;
